#include "protocol/openai/chat_stream.hpp"

#include <utility>

namespace studio::openai {

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
        read_event(event->data);
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

void ChatStream::read_event(std::string_view data) {
    if (data == "[DONE]") {
        if (has_chunk_) {
            finish();
        } else {
            fail(ChatStreamError::malformed);
        }
        return;
    }
    Result<ChatChunk, ChatChunkError> chunk = parse_chat_chunk(data);
    if (!chunk) {
        fail(ChatStreamError::malformed);
        return;
    }
    if (chunk->is_error) {
        fail(ChatStreamError::server_failed);
        return;
    }
    has_chunk_ = true;
    has_finish_reason_ = has_finish_reason_ || !chunk->finish_reason.empty();
    usage_ = chunk->usage.value_or(usage_);
    if (!chunk->content.empty()) {
        text_bytes_ += chunk->content.size();
        if (text_bytes_ > limits_.text_bytes_max) {
            fail(ChatStreamError::too_large);
            return;
        }
        outputs_.emplace_back(ChatText{std::move(chunk->content)});
    }
    for (ChatToolCallDelta& delta : chunk->tool_calls) {
        if (!keep_tool_call(delta)) {
            fail(ChatStreamError::too_large);
            return;
        }
    }
}

bool ChatStream::keep_tool_call(ChatToolCallDelta& delta) {
    if (delta.index >= tool_calls_.size()) {
        tool_calls_.resize(delta.index + 1U);
    }
    argument_bytes_ += delta.id.size() + delta.name.size() + delta.arguments.size();
    if (argument_bytes_ > limits_.argument_bytes_max) {
        return false;
    }
    ChatToolCall& call = tool_calls_[delta.index];
    // Id and name come once; a server that repeats them must not double them.
    if (call.id.empty()) {
        call.id = std::move(delta.id);
    }
    if (call.name.empty()) {
        call.name = std::move(delta.name);
    }
    call.arguments += delta.arguments;
    return true;
}

void ChatStream::finish() {
    if (done_) {
        return;
    }
    // Some servers count from one: an index that nobody mentioned is no call.
    std::erase_if(tool_calls_, [](const ChatToolCall& call) {
        return call.name.empty() && call.id.empty() && call.arguments.empty();
    });
    for (const ChatToolCall& call : tool_calls_) {
        if (call.name.empty()) {
            fail(ChatStreamError::malformed);
            return;
        }
    }
    for (ChatToolCall& call : tool_calls_) {
        outputs_.emplace_back(std::move(call));
    }
    tool_calls_.clear();
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
