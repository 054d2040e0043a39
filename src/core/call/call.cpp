#include "core/call/call.hpp"

#include <utility>

namespace studio::core {

Call::Call(CallOptions options, const Saved& saved) : options_(options) {
    if (saved.phase == Phase::active) {
        options_.max_duration = saved.duration_left;
        was_active_ = true;
    }
}

void Call::handle(const CallInput& input, Instant now) {
    std::visit([this, now](const auto& which) { on(which, now); }, input);
}

std::optional<CallOutput> Call::poll_output() {
    if (outputs_.empty()) {
        return std::nullopt;
    }
    std::optional<CallOutput> output(std::move(outputs_.front()));
    outputs_.pop_front();
    return output;
}

Call::Saved Call::save(Instant now) const {
    Saved saved{.phase = phase_, .duration_left = milliseconds(0), .ending = ending_};
    if (phase_ == Phase::active && deadline_ && *deadline_ > now) {
        saved.duration_left = duration_cast<milliseconds>(*deadline_ - now);
    }
    return saved;
}

void Call::on(const CallStart&, Instant now) {
    if (phase_ != Phase::pending) {
        return;
    }
    phase_ = Phase::connecting;
    deadline_ = now + options_.join_timeout;
    outputs_.emplace_back(JoinMedia{});
    outputs_.emplace_back(CallBecame{CallStatus::connecting});
}

void Call::on(const MediaUp&, Instant now) {
    if (phase_ != Phase::connecting || std::exchange(has_media_, true)) {
        return;
    }
    if (options_.awaits_caller && !has_caller_) {
        deadline_ = now + options_.caller_timeout;
        return;
    }
    activate(now);
}

void Call::on(const CallerRings& input, Instant) {
    if (phase_ == Phase::connecting && !has_caller_ && !was_active_ && input.status > stage_ &&
        input.status < CallStatus::active) {
        stage_ = input.status;
        outputs_.emplace_back(CallBecame{stage_});
    }
}

void Call::on(const CallerCame&, Instant now) {
    has_caller_ = true;
    if (phase_ == Phase::connecting && has_media_) {
        activate(now);
    }
}

void Call::activate(Instant now) {
    phase_ = Phase::active;
    was_active_ = true;
    deadline_ = now + options_.max_duration;
    outputs_.emplace_back(CallBecame{CallStatus::active});
}

void Call::on(const MediaDown& input, Instant now) {
    if (phase_ >= Phase::writing) {
        return;
    }
    // A hang-up of ours that was under way keeps its reason.
    if (phase_ != Phase::saying) {
        decide_end(input.cause);
    }
    begin_writing(now, false);
}

void Call::on(const HangUp& input, Instant now) {
    if (is_closing()) {
        // An order to end without last words cuts short a goodbye that is under way.
        if (phase_ == Phase::saying && input.last_words == LastWords::none) {
            begin_writing(now, true);
        }
        return;
    }
    decide_end(input.cause);
    if (phase_ != Phase::active || input.last_words == LastWords::none) {
        begin_writing(now, phase_ != Phase::pending);
        return;
    }
    phase_ = Phase::saying;
    deadline_ = now + options_.last_words_timeout;
    outputs_.emplace_back(SayLastWords{input.last_words});
}

void Call::on(const LastWordsSaid&, Instant now) {
    if (phase_ == Phase::saying) {
        begin_writing(now, true);
    }
}

void Call::on(const WritesDone&, Instant) {
    if (phase_ != Phase::writing) {
        return;
    }
    phase_ = Phase::ended;
    deadline_.reset();
    outputs_.emplace_back(CallOver{ending_});
}

void Call::on(const CallTick&, Instant now) {
    if (!deadline_ || now < *deadline_) {
        return;
    }
    switch (phase_) {
        case Phase::connecting:
            on(was_active_ && has_media_
                   ? HangUp{EndReason::connection_lost, LastWords::none}
                   : HangUp{has_media_ ? EndReason::no_answer : EndReason::join_timeout,
                            LastWords::none},
               now);
            break;
        case Phase::active:
            on(HangUp{EndReason::max_duration, LastWords::farewell}, now);
            break;
        case Phase::saying:
            on(LastWordsSaid{}, now);
            break;
        case Phase::writing:
            on(WritesDone{}, now);
            break;
        case Phase::pending:
        case Phase::ended:
            break;
    }
}

void Call::decide_end(const EndCause& cause) {
    ending_ = make_ending(cause, was_active_);
}

void Call::begin_writing(Instant now, bool media_open) {
    phase_ = Phase::writing;
    deadline_ = now + options_.writes_timeout;
    if (media_open) {
        outputs_.emplace_back(CloseMedia{});
    }
    outputs_.emplace_back(FlushWrites{ending_});
}

}  // namespace studio::core
