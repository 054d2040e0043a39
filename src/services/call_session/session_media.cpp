#include <utility>

#include "audio/level.hpp"
#include "base/log.hpp"
#include "services/call_session/internal/session_body.hpp"

namespace studio::services {
namespace {

/// A quiet voice on a telephone is about -35 dBFS, a quiet line below -55.
constexpr double audible_dbfs = -45.0;

/// After the last word was sent, so that it leaves the caller's jitter buffer before the goodbye.
constexpr milliseconds goodbye_delay{240};

core::MediaDown media_down(MediaCloseReason reason) {
    switch (reason) {
        case MediaCloseReason::local:
            return {core::CallStatus::completed, "closed"};
        case MediaCloseReason::remote:
            return {core::CallStatus::completed, "caller_hung_up"};
        case MediaCloseReason::connection_lost:
            return {core::CallStatus::disconnected, "connection_lost"};
        case MediaCloseReason::never_connected:
            return {core::CallStatus::failed, "never_connected"};
        case MediaCloseReason::failed:
            return {core::CallStatus::failed, "media_failed"};
        case MediaCloseReason::replaced:
            return {core::CallStatus::disconnected, "replaced"};
    }
    return {core::CallStatus::failed, "media_failed"};
}

}  // namespace

void CallSession::Body::on_media_event(const MediaEvent& event) {
    if (options_.input_log != nullptr) {
        options_.input_log->media_event(event, now());
    }
    catch_up();
    std::visit([this](const auto& which) { on(which); }, event);
    settle();
}

void CallSession::Body::on_media_participant(const MediaParticipant& participant) {
    catch_up();
    note_caller(participant);
    settle();
}

bool CallSession::Body::awaits_caller() const {
    return plan_.awaits_caller && call_.phase() == core::Call::Phase::connecting;
}

bool CallSession::Body::on_media_frame(const InboundFrame& inbound, audio::Frame& outbound,
                                       Instant now) {
    const core::Call::Phase phase = call_.phase();
    if (awaits_caller()) {
        // A track is there for others from its first packet on, and a phone is answered by it.
        outbound.samples.fill(0);
        return true;
    }
    if (phase != core::Call::Phase::active && phase != core::Call::Phase::saying) {
        return false;
    }
    if (options_.input_log != nullptr) {
        options_.input_log->media_frame(inbound, now);
    }
    now_ = now;
    catch_up();
    if (call_.phase() == core::Call::Phase::active && !is_frozen_) {
        const bool was_speaking = turn_.is_caller_speaking();
        const auto probability = static_cast<double>(voice_detector_.process(inbound.frame));
        const Instant captured_at =
            inbound.origin == FrameOrigin::silence ? now : inbound.captured_at;
        if (audio::level_dbfs(inbound.frame.samples) > audible_dbfs) {
            last_sound_at_ = captured_at;
        }
        listening_.frame(inbound.frame, was_speaking, turn_.utterance());
        queue_.push(core::TurnFrame{probability, last_sound_at_});
        settle();
    }
    const bool spoke = call_.phase() < core::Call::Phase::writing && playout_.pull(outbound);
    // While frozen they wait in the playout.
    while (!is_frozen_) {
        const auto output = playout_.poll_output();
        if (!output) {
            break;
        }
        std::visit([this](const auto& which) { on(which); }, *output);
    }
    settle();
    now_.reset();
    return spoke;
}

void CallSession::Body::on(const MediaConnected&) {
    queue_.push(core::MediaUp{});
}

void CallSession::Body::on(const MediaMessage&) {
    // Nothing that a client sends on the channel has a meaning (docs/events.md).
}

void CallSession::Body::on(const MediaDigit& event) {
    queue_.push(core::DigitPressed{event.digit});
}

void CallSession::Body::on(const MediaClosed& event) {
    if (event.reason == MediaCloseReason::replaced && options_.keeper != nullptr) {
        is_frozen_ = true;
        options_.keeper->on_replaced();
        return;
    }
    if (event.reason == MediaCloseReason::never_connected && plan_.snapshot) {
        // It was a call before: the caller is gone.
        queue_.push(core::MediaDown{core::CallStatus::disconnected, "connection_lost"});
        return;
    }
    if (event.reason == MediaCloseReason::remote && explains_end()) {
        end_waits_ = true;
        return;
    }
    if (event.reason == MediaCloseReason::remote && awaits_caller() && !plan_.snapshot) {
        // Who came and left was never heard; where nobody came, somebody closed the room.
        queue_.push(core::MediaDown{core::CallStatus::failed,
                                    caller_identity_.empty() ? "cancelled" : "never_connected"});
        return;
    }
    if (event.reason == MediaCloseReason::remote && is_transferred_) {
        queue_.push(core::MediaDown{core::CallStatus::completed, "transferred"});
        return;
    }
    queue_.push(media_down(event.reason));
}

void CallSession::Body::on(const core::JoinMedia&) {
    media_->start(*this);
}

void CallSession::Body::on(const core::CallBecame& output) {
    reporter_.became(output.status);
    if (output.status == core::CallStatus::active) {
        begin_conversation();
    }
}

void CallSession::Body::begin_conversation() {
    listening_.open();
    if (plan_.snapshot) {
        carry_on();
        return;
    }
    queue_.push(core::TurnStart{});
    checkpoint_due_ = true;
    const core::PromptConfig& prompt = plan_.agent.prompt;
    if (!prompt.greeting.empty()) {
        if (!prompt.greeting_interruptible) {
            queue_.push(core::AgentStarted{false});
        }
        say(prompt.greeting, prompt.greeting_interruptible);
    }
}

void CallSession::Body::on(const core::SayLastWords& output) {
    saying_last_words_ = true;
    checkpoint_due_ = true;
    // Speech that was faded out for the caller goes on: nobody decides about it any more.
    drive_playout(core::PlayoutResume{});
    if (output.last_words == core::LastWords::farewell) {
        drop_speech();
        say(plan_.agent.session.farewell, false);
    }
}

void CallSession::Body::on(const core::CloseMedia&) {
    media_->close();
}

void CallSession::Body::on(const core::FlushWrites& output) {
    final_ = output;
    flush_wanted_ = true;
    saying_last_words_ = false;
    last_words_heard_at_.reset();
    listening_.close();
    tools_.drop();
    drop_speech();
}

/// After the machines have reported what was heard last, so that the record is complete.
void CallSession::Body::finish_record() {
    answering_.cancel();
    voice_.drop();
    reporter_.closing(final_.status, final_.reason, media_->stats(), dialog_.tokens());
    checkpoint_due_ = true;
    observer_.on_call_closing(record(), [this, alive = std::weak_ptr<bool>(alive_)] {
        if (!alive.expired()) {
            queue_.push(core::WritesDone{});
            settle();
        }
    });
}

void CallSession::Body::on(const core::CallOver&) {
    // Posted, so that the observer never meets a session in the middle of its work.
    loop_.post([this, alive = std::weak_ptr<bool>(alive_)] {
        if (!alive.expired()) {
            timer_.reset();
            observer_.on_call_ended(record());
        }
    });
}

bool CallSession::Body::is_quiet() const {
    return !dialog_.is_busy() && playout_.is_empty();
}

void CallSession::Body::check_quiet() {
    if (!is_quiet()) {
        return;
    }
    if (std::exchange(agent_speaking_, false)) {
        reporter_.speaking("agent", false);
    }
    if (saying_last_words_) {
        saying_last_words_ = false;
        last_words_heard_at_ = now() + goodbye_delay;
    }
    if (std::exchange(turn_waits_, false)) {
        queue_.push(core::AgentStopped{});
    }
}

}  // namespace studio::services
