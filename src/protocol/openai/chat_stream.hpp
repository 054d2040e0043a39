#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "protocol/openai/chat_chunk.hpp"
#include "protocol/openai/chat_tool_calls.hpp"
#include "protocol/sse/sse_parser.hpp"

namespace studio::openai {

struct ChatStreamLimits {
    /// All text of one answer. A spoken answer is some hundred bytes; this is a wall, not a budget.
    std::size_t text_bytes_max = 256U * 1024U;
    /// All arguments of all tool calls of one answer.
    std::size_t argument_bytes_max = 256U * 1024U;
    sse::SseLimits sse;
};

/// The next piece of the answer.
struct ChatText {
    std::string text;
};

/// The answer is complete.
struct ChatFinished {
    ChatUsage usage;
};

enum class ChatStreamError : std::uint8_t {
    /// What came is not the protocol.
    malformed,
    /// A line, an event or the answer is larger than its limit.
    too_large,
    /// The server says inside the stream that it failed.
    server_failed,
    /// The stream ended before the answer did.
    cut,
};

using ChatOutput = std::variant<ChatText, ChatToolCall, ChatFinished, ChatStreamError>;

/// Puts a streamed answer of `POST /chat/completions` together (OpenAI API reference, "Streaming").
/// Tool calls come in pieces (ChatToolCalls) and are handed out whole when the answer is complete.
/// What servers send to keep a connection alive (comments, empty events, events of text that is no
/// JSON, pings) changes nothing. One owner.
///
///                handle(bytes)              "[DONE]", or any end after a finish_reason
///     reading ─────────────────▶ reading ──────────────────────────────────────▶ finished
///        └── limit, rubbish, error event, end before a finish_reason ──────────▶ failed
class ChatStream {
public:
    explicit ChatStream(ChatStreamLimits limits = {})
        : limits_(limits), sse_(limits.sse), tool_calls_(limits.argument_bytes_max) {}

    /// The next bytes of the response's body.
    void handle(std::string_view bytes);
    /// The body has ended, as HTTP says that it should or not.
    void handle_end();
    /// The model has said that its answer ends here: only usage and `[DONE]` may follow, and some
    /// servers send neither.
    [[nodiscard]] bool has_finish_reason() const { return has_finish_reason_; }
    /// What the server said of its failure, after ChatStreamError::server_failed.
    [[nodiscard]] const ApiError& api_error() const { return api_error_; }
    /// The next output. ChatFinished and ChatStreamError are the last.
    [[nodiscard]] std::optional<ChatOutput> poll();

private:
    void read_event(const sse::SseEvent& event);
    void read_chunk(ChatChunk chunk);
    void read_error(std::string_view data);
    void finish();
    void fail(ChatStreamError error);

    ChatStreamLimits limits_;
    sse::SseParser sse_;
    std::deque<ChatOutput> outputs_;
    ChatToolCalls tool_calls_;
    ChatUsage usage_;
    ApiError api_error_;
    std::size_t text_bytes_ = 0;
    bool has_chunk_ = false;
    bool has_finish_reason_ = false;
    bool done_ = false;
};

}  // namespace studio::openai
