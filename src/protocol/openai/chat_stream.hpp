#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/openai/chat_chunk.hpp"
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

/// A tool call, whole. `arguments` is what the model wrote: unchecked.
struct ChatToolCall {
    std::string id;
    std::string name;
    std::string arguments;
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
/// Tool calls come in pieces by index and are handed out whole, in the order of their index, when
/// the answer is complete. One owner.
///
///                handle(bytes)              "[DONE]", or end after a finish_reason
///     reading ─────────────────▶ reading ──────────────────────────────────────▶ finished
///        └── limit, rubbish, error event, end before a finish_reason ──────────▶ failed
class ChatStream {
public:
    explicit ChatStream(ChatStreamLimits limits = {}) : limits_(limits), sse_(limits.sse) {}

    /// The next bytes of the response's body.
    void handle(std::string_view bytes);
    /// The body has ended as HTTP says that it should.
    void handle_end();
    /// The next output. ChatFinished and ChatStreamError are the last.
    [[nodiscard]] std::optional<ChatOutput> poll();

private:
    void read_event(std::string_view data);
    [[nodiscard]] bool keep_tool_call(ChatToolCallDelta& delta);
    void finish();
    void fail(ChatStreamError error);

    ChatStreamLimits limits_;
    sse::SseParser sse_;
    std::deque<ChatOutput> outputs_;
    std::vector<ChatToolCall> tool_calls_;
    ChatUsage usage_;
    std::size_t text_bytes_ = 0;
    std::size_t argument_bytes_ = 0;
    bool has_chunk_ = false;
    bool has_finish_reason_ = false;
    bool done_ = false;
};

}  // namespace studio::openai
