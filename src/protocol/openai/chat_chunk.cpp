#include "protocol/openai/chat_chunk.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "base/json.hpp"

namespace studio::openai {
namespace {

/// A member that is absent, null or a text; anything else makes `ok` false.
std::string optional_text(const Json& object, std::string_view name, bool& ok) {
    const Json* member = find_member(object, name);
    if (member == nullptr || member->is_null()) {
        return {};
    }
    if (!member->is_string()) {
        ok = false;
        return {};
    }
    const auto& text = member->get_string();
    return {text.data(), text.size()};
}

/// As a text whatever it is; empty where it is absent or null.
std::string any_text(const Json& object, std::string_view name) {
    const Json* member = find_member(object, name);
    if (member == nullptr || member->is_null()) {
        return {};
    }
    return member->is_string() ? member_text(object, name) : serialize_json(*member);
}

std::optional<std::uint32_t> number_of(const Json* member) {
    if (member == nullptr || !member->is_int64() || member->get_int64() < 0 ||
        member->get_int64() > std::numeric_limits<std::uint32_t>::max()) {
        return std::nullopt;
    }
    return static_cast<std::uint32_t>(member->get_int64());
}

/// The content of a delta: a text, or a list of parts of which those of text count.
std::string read_content(const Json& delta, bool& ok) {
    const Json* content = find_member(delta, "content");
    if (content == nullptr || !content->is_array()) {
        return optional_text(delta, "content", ok);
    }
    std::string text;
    for (const Json& part : content->get_array()) {
        text += member_text(part, "text");
    }
    return text;
}

bool read_tool_calls(const Json& calls, std::vector<ChatToolCallDelta>& target) {
    if (calls.is_null()) {
        return true;
    }
    if (!calls.is_array() || calls.get_array().size() > tool_calls_max) {
        return false;
    }
    bool ok = true;
    for (const Json& call : calls.get_array()) {
        ChatToolCallDelta delta;
        const Json* index = find_member(call, "index");
        if (index != nullptr && !index->is_null()) {
            delta.index = number_of(index).value_or(tool_calls_max);
        }
        delta.id = any_text(call, "id");
        if (const Json* function = find_member(call, "function")) {
            delta.name = optional_text(*function, "name", ok);
            delta.arguments = any_text(*function, "arguments");
        }
        ok = ok && call.is_object() && delta.index.value_or(0) < tool_calls_max;
        target.push_back(std::move(delta));
    }
    return ok;
}

bool read_choice(const Json& choice, ChatChunk& chunk) {
    bool ok = choice.is_object();
    chunk.finish_reason = optional_text(choice, "finish_reason", ok);
    const Json* delta = find_member(choice, "delta");
    if (delta == nullptr || delta->is_null()) {
        return ok;
    }
    ok = ok && delta->is_object();
    chunk.content = read_content(*delta, ok);
    if (const Json* calls = find_member(*delta, "tool_calls")) {
        ok = read_tool_calls(*calls, chunk.tool_calls) && ok;
    }
    return ok;
}

/// Only what may be logged; else nothing.
std::string loggable(std::string name) {
    constexpr std::string_view allowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    return name.size() <= 64 && name.find_first_not_of(allowed) == std::string::npos
               ? name
               : std::string();
}

bool names_no_credit(std::string_view name) {
    constexpr std::array<std::string_view, 7> words{"insufficient_quota",
                                                    "insufficient_balance",
                                                    "insufficient_credit",
                                                    "insufficient_funds",
                                                    "billing",
                                                    "payment_required",
                                                    "credit_balance"};
    return std::any_of(words.begin(), words.end(), [name](std::string_view word) {
        return name.find(word) != std::string_view::npos;
    });
}

}  // namespace

Result<ChatChunk, ChatChunkError> parse_chat_chunk(std::string_view json) {
    const Result<Json, JsonError> value = parse_json(json, json_to_repair);
    if (!value) {
        return fail(ChatChunkError::not_json);
    }
    if (!value->is_object()) {
        return fail(ChatChunkError::not_a_chunk);
    }
    ChatChunk chunk;
    const Json* error = find_member(*value, "error");
    if (error != nullptr && !error->is_null()) {
        chunk.is_error = true;
        return chunk;
    }
    const Json* usage = find_member(*value, "usage");
    if (usage != nullptr && usage->is_object()) {
        chunk.usage = ChatUsage{number_of(find_member(*usage, "prompt_tokens")).value_or(0),
                                number_of(find_member(*usage, "completion_tokens")).value_or(0)};
    }
    const Json* choices = find_member(*value, "choices");
    if (choices == nullptr || choices->is_null()) {
        // Usage alone, without the empty list that OpenAI sends, or a ping in JSON.
        return chunk;
    }
    if (!choices->is_array()) {
        return fail(ChatChunkError::not_a_chunk);
    }
    chunk.is_chunk = true;
    if (!choices->get_array().empty() && !read_choice(choices->get_array().front(), chunk)) {
        return fail(ChatChunkError::not_a_chunk);
    }
    return chunk;
}

ApiError parse_api_error(std::string_view body) {
    const Result<Json, JsonError> value = parse_json(body, json_to_repair);
    const Json* error = value ? find_member(*value, "error") : nullptr;
    if (error == nullptr) {
        return {};
    }
    ApiError result;
    if (const auto status = number_of(find_member(*error, "code")); status && *status < 1'000) {
        result.status = static_cast<int>(*status);
    }
    for (const char* member : {"code", "type", "status"}) {
        const std::string name = loggable(member_text(*error, member));
        result.name = result.name.empty() ? name : result.name;
        result.is_exhausted = result.is_exhausted || names_no_credit(name);
    }
    return result;
}

std::string parse_error_name(std::string_view body) {
    return parse_api_error(body).name;
}

}  // namespace studio::openai
