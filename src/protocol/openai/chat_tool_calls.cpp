#include "protocol/openai/chat_tool_calls.hpp"

#include <algorithm>
#include <utility>

#include "base/json.hpp"

namespace studio::openai {
namespace {

bool is_blank(const std::string& text) {
    return text.find_first_not_of(" \t\r\n") == std::string::npos;
}

bool is_json_object(const std::string& text) {
    // Most pieces are seen to be incomplete without parsing.
    const std::size_t last = text.find_last_not_of(" \t\r\n");
    if (last == std::string::npos || text[last] != '}') {
        return false;
    }
    const Result<Json, JsonError> value = parse_json(text);
    return value && value->is_object();
}

}  // namespace

bool ChatToolCalls::Call::is_complete() const {
    return is_json_object(call.arguments);
}

bool ChatToolCalls::add(std::vector<ChatToolCallDelta> deltas) {
    for (Call& call : calls_) {
        call.is_new = false;
    }
    for (std::size_t place = 0; place < deltas.size(); ++place) {
        if (!add_one(deltas[place], place, deltas.size() == 1)) {
            return false;
        }
    }
    return true;
}

bool ChatToolCalls::add_one(ChatToolCallDelta& delta, std::size_t place, bool is_alone) {
    bytes_ += delta.id.size() + delta.name.size() + delta.arguments.size();
    if (bytes_ > bytes_max_) {
        return false;
    }
    if (delta.id.empty() && delta.name.empty() && is_blank(delta.arguments)) {
        return true;  // Says nothing, and begins nothing.
    }
    Call* call = find(delta, place, is_alone);
    if (call == nullptr) {
        if (calls_.size() == tool_calls_max) {
            return false;
        }
        const std::uint32_t last = calls_.empty() ? 0 : calls_.back().index;
        calls_.push_back({.call = {}, .index = delta.index.value_or(last), .is_new = true});
        call = &calls_.back();
    }
    extend(call->call, delta, call->is_complete());
    return true;
}

ChatToolCalls::Call* ChatToolCalls::find(const ChatToolCallDelta& delta, std::size_t place,
                                         bool is_alone) {
    if (!delta.id.empty()) {
        const auto known = std::find_if(calls_.rbegin(), calls_.rend(), [&delta](const Call& call) {
            return call.call.id == delta.id && call.index == delta.index.value_or(call.index);
        });
        if (known != calls_.rend()) {
            return begins_anew(*known, delta) ? nullptr : &*known;
        }
    }
    Call* call = at_index(delta.index);
    if (!delta.index && !is_alone && delta.id.empty() && delta.name.empty()) {
        call = place < calls_.size() ? &calls_[place] : call;
    }
    if (call == nullptr) {
        return nullptr;
    }
    if (!delta.id.empty()) {
        const bool is_first_id = call->call.id.empty() && delta.name.empty();
        const bool goes_on = delta.name.empty() && !call->call.name.empty() &&
                             !is_blank(call->call.arguments) && !call->is_complete();
        return is_first_id || goes_on ? call : nullptr;
    }
    // One list does not hold two pieces of one call.
    if (call->is_new && !delta.name.empty()) {
        return nullptr;
    }
    return begins_anew(*call, delta) ? nullptr : call;
}

ChatToolCalls::Call* ChatToolCalls::at_index(std::optional<std::uint32_t> index) {
    const auto found = std::find_if(calls_.rbegin(), calls_.rend(), [index](const Call& call) {
        return call.index == index.value_or(call.index);
    });
    return found == calls_.rend() ? nullptr : &*found;
}

/// Whether a piece that has the call's id, or none, is of another one nevertheless: the call has
/// all that it needs, and the piece names a tool with arguments, or another tool.
bool ChatToolCalls::begins_anew(const Call& call, const ChatToolCallDelta& delta) {
    if (delta.name.empty() || call.call.name.empty() || is_blank(call.call.arguments)) {
        return false;
    }
    if (delta.name != call.call.name) {
        return true;
    }
    const bool has_placeholder = !delta.id.empty() && call.call.arguments == "{}";
    // The whole call once more, as some servers end their stream, is the same call.
    return call.is_complete() && !has_placeholder && !is_blank(delta.arguments) &&
           delta.arguments != call.call.arguments;
}

void ChatToolCalls::extend(ChatToolCall& call, ChatToolCallDelta& delta, bool was_complete) {
    if (call.id.empty()) {
        call.id = std::move(delta.id);
    }
    if (call.name.empty() || delta.name.starts_with(call.name)) {
        call.name = delta.name.empty() ? call.name : std::move(delta.name);
    } else if (is_blank(call.arguments) && !delta.name.empty()) {
        call.name += delta.name;  // The name itself comes in pieces.
    }
    const bool is_repeated = was_complete && delta.arguments == call.arguments;
    // An empty object that stood for "the arguments follow".
    const bool is_placeholder = was_complete && call.arguments == "{}" &&
                                !is_blank(delta.arguments) && delta.arguments.front() == '{';
    if (is_placeholder && !is_repeated) {
        call.arguments.clear();
    }
    if (!is_repeated) {
        call.arguments += delta.arguments;
    }
}

std::optional<std::vector<ChatToolCall>> ChatToolCalls::take() {
    std::stable_sort(calls_.begin(), calls_.end(),
                     [](const Call& left, const Call& right) { return left.index < right.index; });
    std::vector<ChatToolCall> calls;
    for (Call& call : std::exchange(calls_, {})) {
        if (call.call.name.empty()) {
            return std::nullopt;
        }
        calls.push_back(std::move(call.call));
    }
    return calls;
}

}  // namespace studio::openai
