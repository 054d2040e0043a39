#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace studio::openai {

/// A piece of a tool call, as servers send it: ChatToolCalls finds out which call it belongs to.
struct ChatToolCallDelta {
    /// Absent where the server sends none.
    std::optional<std::uint32_t> index;
    /// Empty where it is absent, null or empty.
    std::string id;
    std::string name;
    /// JSON text, whole or a piece. Servers that send an object instead of a text: its text.
    std::string arguments;
};

struct ChatUsage {
    std::uint32_t prompt_tokens = 0;
    std::uint32_t completion_tokens = 0;
};

/// One `chat.completion.chunk` of the chat completions stream, as far as we use it.
struct ChatChunk {
    std::string content;
    std::vector<ChatToolCallDelta> tool_calls;
    /// `stop`, `tool_calls`, `length`, …; empty until the answer ends.
    std::string finish_reason;
    std::optional<ChatUsage> usage;
    /// The server reported trouble inside the stream instead of a chunk; see ApiError.
    bool is_error = false;
    /// It has `choices`, also an empty list: part of an answer, not a ping in JSON.
    bool is_chunk = false;
};

enum class ChatChunkError : std::uint8_t {
    not_json,
    /// JSON, but not a chunk: a member has the wrong type, or there are too many tool calls.
    not_a_chunk,
};

/// More tool calls in one answer are refused.
inline constexpr std::uint32_t tool_calls_max = 32;

/// Reads the data of one event. Members that we do not know are skipped: servers add their own.
[[nodiscard]] Result<ChatChunk, ChatChunkError> parse_chat_chunk(std::string_view json);

/// What the body of a failed request, or an error inside a stream, says, cut down to what may be
/// logged and judged. The human text is left out because it may quote the key or the prompt.
struct ApiError {
    /// `error.code`, `error.type` or `error.status`, the first that is there: letters, digits and
    /// `_-.` only, 64 at most; empty where the body says nothing of the kind.
    std::string name;
    /// `error.code` where it is a number: gateways put the HTTP status there. Zero for none.
    int status = 0;
    /// The account has no credit or must not spend more: asking again is useless until somebody
    /// pays. By the codes and types that OpenAI and its likes use (`insufficient_quota`,
    /// `billing_hard_limit_reached`, `insufficient_balance`, `payment_required`, …).
    bool is_exhausted = false;
};

[[nodiscard]] ApiError parse_api_error(std::string_view body);

/// parse_api_error(), its name alone.
[[nodiscard]] std::string parse_error_name(std::string_view body);

}  // namespace studio::openai
