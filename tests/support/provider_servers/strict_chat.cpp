#include "support/provider_servers/strict_chat.hpp"

#include <algorithm>
#include <cstddef>
#include <set>
#include <string_view>
#include <vector>

namespace studio::test {
namespace {

bool is_word(std::string_view text, std::size_t bytes_max) {
    constexpr std::string_view allowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    return !text.empty() && text.size() <= bytes_max &&
           text.find_first_not_of(allowed) == std::string_view::npos;
}

bool has_words(const Json& message) {
    const std::string content = member_text(message, "content");
    return content.find_first_not_of(" \t\r\n") != std::string::npos &&
           content.find('\0') == std::string::npos;
}

/// Reads the messages one after the other; the first fault stands.
class Reader {
public:
    void read(const Json& message) {
        const std::string role = member_text(message, "role");
        if (role == "system") {
            expect(last_.empty(), "a system message that is not the first");
            expect(has_words(message), "an empty system message");
        } else if (role == "user") {
            expect(last_.empty() || last_ == "system" || last_ == "assistant",
                   "a user message after one of " + last_);
            expect(has_words(message), "an empty user message");
            expect(open_.empty(), "a tool call without its result");
        } else if (role == "assistant") {
            expect(last_ == "user" || last_ == "tool", "an assistant message after: " + last_);
            expect(open_.empty(), "a tool call without its result");
            read_assistant(message);
        } else if (role == "tool") {
            expect(has_words(message), "an empty result");
            const std::string id = member_text(message, "tool_call_id");
            const bool is_next = !open_.empty() && open_.front() == id;
            expect(is_next, "a result that is not the next: " + id);
            if (is_next) {
                open_.erase(open_.begin());
            }
        } else {
            expect(false, "a role that nobody knows: " + role);
        }
        last_ = role;
    }

    [[nodiscard]] std::string finish() {
        expect(open_.empty(), "a tool call without its result at the end");
        expect(last_ == "user" || last_ == "tool", "the last message is of: " + last_);
        return fault_;
    }

private:
    void read_assistant(const Json& message) {
        const Json* calls = find_member(message, "tool_calls");
        const Json* content = find_member(message, "content");
        const bool is_null = content == nullptr || content->is_null();
        expect(has_words(message) || (is_null && calls != nullptr), "an empty assistant message");
        if (calls == nullptr) {
            return;
        }
        expect(calls->is_array() && !calls->get_array().empty(), "an empty list of tool calls");
        for (const Json& call : calls->as_array()) {
            const std::string id = member_text(call, "id");
            expect(is_word(id, 40), "a tool call with the id '" + id + "'");
            expect(ids_.insert(id).second, "a second tool call with the id " + id);
            expect(member_text(call, "type") == "function", "a tool call that is no function");
            const Json* function = find_member(call, "function");
            expect(function != nullptr, "a tool call without a function");
            const std::string name = function == nullptr ? "" : member_text(*function, "name");
            expect(is_word(name, 64), "a tool call with the name '" + name + "'");
            const auto arguments =
                parse_json(function == nullptr ? "" : member_text(*function, "arguments"));
            expect(arguments && arguments->is_object(), "arguments that are no JSON object");
            open_.push_back(id);
        }
    }

    void expect(bool holds, const std::string& fault) {
        if (!holds && fault_.empty()) {
            fault_ = fault;
        }
    }

    std::string fault_;
    std::string last_;
    std::vector<std::string> open_;
    std::set<std::string> ids_;
};

}  // namespace

std::string find_chat_fault(const Json& body) {
    const Json* messages = find_member(body, "messages");
    if (messages == nullptr || !messages->is_array() || messages->get_array().empty()) {
        return "no messages";
    }
    Reader reader;
    for (const Json& message : messages->get_array()) {
        reader.read(message);
    }
    return reader.finish();
}

}  // namespace studio::test
