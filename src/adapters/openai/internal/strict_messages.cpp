#include "adapters/openai/internal/strict_messages.hpp"

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/json.hpp"

namespace studio::adapters::openai {
namespace {

constexpr std::size_t id_bytes_max = 40;
constexpr std::size_t name_bytes_max = 64;

constexpr const char* opening_remark = "The call has begun.";
constexpr const char* unanswered_remark = "[The caller went on before there was an answer.]";
constexpr const char* go_on_remark = "The caller is listening: go on.";
constexpr const char* no_result = R"({"ok":false,"error":"there is no result"})";

/// The length of the valid UTF-8 character at `index` (RFC 3629), or zero.
std::size_t character_at(std::string_view text, std::size_t index) {
    const auto byte = [text](std::size_t at) {
        return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
    };
    const unsigned first = byte(index);
    if (first < 0x80U) {
        return first == 0 ? 0 : 1;
    }
    const std::size_t size = first >= 0xF0U ? 4 : first >= 0xE0U ? 3 : 2;
    if (first < 0xC2U || first > 0xF4U) {
        return 0;
    }
    for (std::size_t offset = 1; offset < size; ++offset) {
        if ((byte(index + offset) & 0xC0U) != 0x80U) {
            return 0;
        }
    }
    const unsigned second = byte(index + 1);
    const bool is_bad = (first == 0xE0U && second < 0xA0U) || (first == 0xEDU && second > 0x9FU) ||
                        (first == 0xF0U && second < 0x90U) || (first == 0xF4U && second > 0x8FU);
    return is_bad ? 0 : size;
}

/// With U+FFFD for what is no UTF-8, and for NUL.
std::string valid_text(std::string_view text) {
    std::string valid;
    valid.reserve(text.size());
    for (std::size_t index = 0; index < text.size();) {
        const std::size_t size = character_at(text, index);
        valid += size == 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(index, size);
        index += std::max<std::size_t>(1, size);
    }
    return valid;
}

bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

void append(std::string& text, std::string_view more, std::string_view separator) {
    if (!text.empty() && !more.empty()) {
        text += separator;
    }
    text += more;
}

std::string valid_word(std::string_view text, std::size_t bytes_max, std::string_view otherwise) {
    std::string word(text.substr(0, bytes_max));
    std::replace_if(
        word.begin(), word.end(),
        [](char byte) {
            return (byte < 'a' || byte > 'z') && (byte < 'A' || byte > 'Z') &&
                   (byte < '0' || byte > '9') && byte != '_' && byte != '-';
        },
        '_');
    return word.empty() ? std::string(otherwise) : word;
}

/// What is no object says nothing to a tool: the tool's result tells the model what was wrong.
std::string valid_arguments(const std::string& arguments) {
    const Result<Json, JsonError> value = parse_json(arguments);
    return value && value->is_object() ? arguments : "{}";
}

class StrictHistory {
public:
    void add_system(std::string content) {
        if (messages_.empty() && !has_prompt_) {
            has_prompt_ = true;
            prompt_ = std::move(content);
        } else {
            append(remarks_, content, " ");
        }
    }

    void add_user(const std::string& content) {
        answer_tools();
        add_user_with_remarks(content);
    }

    void add_assistant(ModelMessage message) {
        if (message.content.empty() && message.tool_calls.empty()) {
            return;
        }
        // Several calls of tools one after the other need no remark in between.
        if (messages_.empty() || !remarks_.empty()) {
            answer_tools();
            add_user_with_remarks("");
        }
        if (last_role() == ModelRole::assistant && open_calls_.empty()) {
            append(messages_.back().content, message.content, " ");
        } else {
            answer_tools_now();
            messages_.push_back({ModelRole::assistant, std::move(message.content), {}, {}});
        }
        for (ModelToolCall& call : message.tool_calls) {
            open_call(std::move(call));
        }
    }

    void add_result(const std::string& tool_call_id, std::string content) {
        const auto open = std::find_if(
            open_calls_.begin(), open_calls_.end(),
            [&](const OpenCall& call) { return call.id == tool_call_id && call.result.empty(); });
        if (open != open_calls_.end()) {
            open->result = content.empty() ? "{}" : std::move(content);
        }
    }

    std::vector<ModelMessage> take() {
        answer_tools_now();
        if (!remarks_.empty() || messages_.empty() || last_role() == ModelRole::assistant) {
            if (last_role() == ModelRole::tool) {
                messages_.push_back({ModelRole::assistant, unanswered_remark, {}, {}});
            }
            add_user_with_remarks("");
        }
        if (!is_blank(prompt_)) {
            messages_.insert(messages_.begin(), {ModelRole::system, prompt_, {}, {}});
        }
        return std::move(messages_);
    }

private:
    struct OpenCall {
        /// As the history has it, and as it is sent.
        std::string id;
        std::string sent_id;
        std::string result;
    };

    [[nodiscard]] ModelRole last_role() const {
        return messages_.empty() ? ModelRole::system : messages_.back().role;
    }

    void add_user_with_remarks(const std::string& content) {
        std::string text;
        if (!remarks_.empty()) {
            text = "[" + std::exchange(remarks_, {}) + "]";
        } else if (is_blank(content)) {
            text = std::string("[") + (messages_.empty() ? opening_remark : go_on_remark) + "]";
        }
        append(text, content, "\n");
        if (last_role() == ModelRole::user) {
            append(messages_.back().content, text, " ");
        } else {
            messages_.push_back({ModelRole::user, std::move(text), {}, {}});
        }
    }

    void open_call(ModelToolCall call) {
        const std::string wanted = valid_word(call.id, id_bytes_max, "call");
        std::string id = wanted;
        for (int number = 2; !ids_.insert(id).second; ++number) {
            const std::string suffix = "_" + std::to_string(number);
            id = wanted.substr(0, id_bytes_max - suffix.size()) + suffix;
        }
        open_calls_.push_back({std::move(call.id), id, {}});
        messages_.back().tool_calls.push_back({std::move(id),
                                               valid_word(call.name, name_bytes_max, "unknown"),
                                               valid_arguments(call.arguments)});
    }

    void answer_tools_now() {
        for (OpenCall& call : std::exchange(open_calls_, {})) {
            messages_.push_back({ModelRole::tool,
                                 call.result.empty() ? no_result : std::move(call.result),
                                 {},
                                 std::move(call.sent_id)});
        }
    }

    /// Before the caller's words: results are followed by the assistant.
    void answer_tools() {
        answer_tools_now();
        if (last_role() == ModelRole::tool) {
            messages_.push_back({ModelRole::assistant, unanswered_remark, {}, {}});
        }
    }

    std::string prompt_;
    bool has_prompt_ = false;
    std::string remarks_;
    std::vector<ModelMessage> messages_;
    std::vector<OpenCall> open_calls_;
    std::set<std::string> ids_;
};

}  // namespace

std::vector<ModelMessage> make_strict(std::vector<ModelMessage> messages) {
    StrictHistory history;
    for (ModelMessage& message : messages) {
        std::string content = valid_text(message.content);
        if (is_blank(content)) {
            content.clear();
        }
        switch (message.role) {
            case ModelRole::system:
                history.add_system(std::move(content));
                break;
            case ModelRole::user:
                if (!content.empty()) {
                    history.add_user(content);
                }
                break;
            case ModelRole::assistant:
                message.content = std::move(content);
                history.add_assistant(std::move(message));
                break;
            case ModelRole::tool:
                history.add_result(message.tool_call_id, std::move(content));
                break;
        }
    }
    return history.take();
}

}  // namespace studio::adapters::openai
