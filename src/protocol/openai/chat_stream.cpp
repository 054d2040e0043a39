#include "protocol/openai/chat_stream.hpp"

#include <utility>

namespace studio::openai {
namespace {

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blank = " \t\r\n";
    const std::size_t begin = text.find_first_not_of(blank);
    if (begin == std::string_view::npos) {
        return {};
    }
    return text.substr(begin, text.find_last_not_of(blank) + 1 - begin);
}

}  // namespace

void ChatStream::handle(std::string_view bytes) {
    if (done_) {
        return;
    }
    sse_.handle(bytes);
    while (!done_) {
        const std::optional<sse::SseEvent> event = sse_.poll();
        if (!event) {
            break;
        }
        read_event(*event);
    }
    if (sse_.failed()) {
        fail(ChatStreamError::too_large);
    }
}

void ChatStream::handle_end() {
    if (has_finish_reason_) {
        finish();
    } else {
        fail(has_chunk_ ? ChatStreamError::cut : ChatStreamError::malformed);
    }
}

std::optional<ChatOutput> ChatStream::poll() {
    if (outputs_.empty()) {
        return std::nullopt;
    }
    ChatOutput output = std::move(outputs_.front());
    outputs_.pop_front();
    return output;
}

void ChatStream::read_event(const sse::SseEvent& event) {
    const std::string_view data = trimmed(event.data);
    if (event.type == "error") {
        read_error(data);
        return;
    }
    if (data == "[DONE]") {
        if (has_chunk_) {
            finish();
        } else {
            fail(ChatStreamError::malformed);
        }
        return;
    }
    // Not even meant as JSON: ": keepalive", "ping", nothing at all.
    if (data.empty() || (data.front() != '{' && data.front() != '[')) {
        return;
    }
    Result<ChatChunk, ChatChunkError> chunk = parse_chat_chunk(data);
    if (!chunk) {
        fail(ChatStreamError::malformed);
    } else if (chunk->is_error) {
        read_error(data);
    } else {
        read_chunk(*std::move(chunk));
    }
}

void ChatStream::read_error(std::string_view data) {
    if (has_finish_reason_) {
        finish();  // The answer is whole; what failed is what comes after it.
        return;
    }
    api_error_ = parse_api_error(data);
    fail(ChatStreamError::server_failed);
}

void ChatStream::read_chunk(ChatChunk chunk) {
    has_chunk_ = has_chunk_ || chunk.is_chunk;
    has_finish_reason_ = has_finish_reason_ || !chunk.finish_reason.empty();
    usage_ = chunk.usage.value_or(usage_);
    if (!chunk.content.empty()) {
        text_bytes_ += chunk.content.size();
        if (text_bytes_ > limits_.text_bytes_max) {
            fail(ChatStreamError::too_large);
            return;
        }
        outputs_.emplace_back(ChatText{std::move(chunk.content)});
    }
    if (!tool_calls_.add(std::move(chunk.tool_calls))) {
        fail(ChatStreamError::too_large);
    }
}

void ChatStream::finish() {
    if (done_) {
        return;
    }
    std::optional<std::vector<ChatToolCall>> calls = tool_calls_.take();
    if (!calls) {
        fail(ChatStreamError::malformed);
        return;
    }
    for (ChatToolCall& call : *calls) {
        outputs_.emplace_back(std::move(call));
    }
    outputs_.emplace_back(ChatFinished{usage_});
    done_ = true;
}

void ChatStream::fail(ChatStreamError error) {
    if (!done_) {
        outputs_.emplace_back(error);
        done_ = true;
    }
}

}  // namespace studio::openai
