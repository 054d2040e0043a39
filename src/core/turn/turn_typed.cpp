#include <utility>

#include "core/turn/turn.hpp"

namespace studio::core {

void Turn::on(const TextTyped& input, Instant now) {
    caller_heard_at_ = now;
    if (input.text.empty()) {
        return;
    }
    if (!typed_until_ || now >= *typed_until_) {
        typed_until_ = now + options_.typed_gap;
        end_typed_turn(input.text, now);
    } else if (typed_.size() + input.text.size() < options_.typed_bytes_max) {
        typed_ += (typed_.empty() ? "" : "\n") + input.text;
    }
}

void Turn::finish_typing(Instant now) {
    if (!typed_until_ || now < *typed_until_) {
        return;
    }
    typed_until_.reset();
    if (std::string text = std::exchange(typed_, {}); !text.empty()) {
        typed_until_ = now + options_.typed_gap;
        end_typed_turn(std::move(text), now);
    }
}

/// Not made to wait for what is being said beside it: noise may go on for a minute.
void Turn::end_typed_turn(std::string text, Instant now) {
    if (agent_ != Agent::listening && !may_interrupt()) {
        hold(text, now, true);
        return;
    }
    if (may_interrupt()) {
        interrupt();
    }
    if (!awaited_.empty() && awaited_.front().utterance == 0) {
        // What had waited for the agent to end comes first.
        text = awaited_.front().text + "\n" + text;
        awaited_.erase(awaited_.begin());
    }
    last_speech_captured_at_ = now;
    endpoint_at_ = now;
    end_turn(std::move(text), now, false);
}

}  // namespace studio::core
