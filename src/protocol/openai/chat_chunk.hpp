#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace studio::openai {

/// A piece of a tool call. The first piece of an `index` carries id and name, later ones only more
/// of the arguments; some servers send all at once.
struct ChatToolCallDelta {
    std::uint32_t index = 0;
    std::string id;
    std::string name;
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

/// What the body of a failed request says, cut down to what may be logged: the error's `type` or
/// `code`, letters, digits and `_-.` only, 64 at most; empty where the body says nothing of the
/// kind. The human text is left out because it may quote the key or the prompt.
[[nodiscard]] std::string parse_error_name(std::string_view body);

}  // namespace studio::openai
