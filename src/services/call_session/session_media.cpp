#include <utility>

#include "audio/level.hpp"
#include "base/log.hpp"
#include "core/turn/typed_text.hpp"
#include "services/call_session/internal/session_body.hpp"

namespace studio::services {
namespace {

/// A quiet voice on a telephone is about -35 dBFS, a quiet line below -55.
constexpr double audible_dbfs = -45.0;

/// What the jitter buffer still holds when a connection breaks.
constexpr milliseconds heard_after_away{500};

/// After the last word was sent, so that it leaves the caller's jitter buffer before the goodbye.
constexpr milliseconds goodbye_delay{240};

/// The caller or the room went, while our own connection stood.
bool is_gone(MediaCloseReason reason) {
    switch (reason) {
        case MediaCloseReason::remote:
        case MediaCloseReason::caller_lost:
        case MediaCloseReason::caller_removed:
        case MediaCloseReason::room_closed:
        case MediaCloseReason::dismissed:
            return true;
        case MediaCloseReason::local:
        case MediaCloseReason::connection_lost:
        case MediaCloseReason::never_connected:
        case MediaCloseReason::failed:
        case MediaCloseReason::replaced:
            break;
    }
    return false;
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
    const bool is_audible = audio::level_dbfs(inbound.frame.samples) > audible_dbfs;
    watch_presence(inbound, is_audible, now);
    if (call_.phase() == core::Call::Phase::active && !is_frozen_) {
        const bool was_speaking = turn_.is_caller_speaking();
        const auto probability = static_cast<double>(voice_detector_.process(inbound.frame));
        const Instant captured_at =
            inbound.origin == FrameOrigin::silence ? now : inbound.captured_at;
        if (is_audible) {
            last_sound_.hear(captured_at);
        }
        listening_.frame(inbound.frame, was_speaking, turn_.utterance());
        queue_.push(core::TurnFrame{probability, last_sound_.latest()});
        settle();
    }
    const bool spoke =
        call_.phase() < core::Call::Phase::writing && !caller_is_away_ && playout_.pull(outbound);
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

/// Of what clients send on the channel, docs/events.md gives one type a meaning.
void CallSession::Body::on(const MediaMessage& event) {
    const auto message = parse_json(event.text);
    if (message && member_text(*message, "type") == "text") {
        on(MediaText{member_text(*message, "text")});
    }
}

void CallSession::Body::on(const MediaDigit& event) {
    queue_.push(core::DigitPressed{event.digit});
}

void CallSession::Body::on(const MediaText& event) {
    if (call_.phase() == core::Call::Phase::active) {
        queue_.push(core::TextTyped{
            core::clean_typed_text(event.text, core::TurnOptions{}.typed_bytes_max)});
    }
}

void CallSession::Body::on(const MediaCallerAway& event) {
    if (event.is_away && !is_told_away_) {
        told_away_at_ = now();
    }
    is_told_away_ = event.is_away;
    show_presence();
}

void CallSession::Body::watch_presence(const InboundFrame& inbound, bool is_audible, Instant now) {
    const bool is_received = inbound.origin == FrameOrigin::received;
    presence_.handle_frame(is_received, is_audible, now);
    if (is_received && now - told_away_at_ > heard_after_away) {
        is_told_away_ = false;
    }
    show_presence();
}

/// Speech waits for the caller, as a word that nobody hears was not said.
void CallSession::Body::show_presence() {
    const bool is_away = is_told_away_ || presence_.is_away();
    if (std::exchange(caller_is_away_, is_away) == is_away) {
        return;
    }
    if (is_away) {
        drive_playout(core::PlayoutDuck{});
    } else {
        drive_playout(core::PlayoutResume{});
    }
}

void CallSession::Body::on(const MediaClosed& event) {
    if (event.reason == MediaCloseReason::replaced && options_.keeper != nullptr) {
        is_frozen_ = true;
        options_.keeper->on_replaced();
        return;
    }
    if (is_gone(event.reason) && explains_end()) {
        end_waits_ = true;
        return;
    }
    queue_.push(core::MediaDown{end_of(event.reason)});
}

core::EndReason CallSession::Body::end_of(MediaCloseReason reason) const {
    if (is_gone(reason) && is_transferred_) {
        return core::EndReason::transferred;
    }
    // Of a call that was one before, on another worker.
    const bool is_resuming = plan_.snapshot.has_value();
    switch (reason) {
        case MediaCloseReason::remote:
        case MediaCloseReason::caller_lost:
            // Who came and went before a word could be said was never heard.
            if (call_.phase() <= core::Call::Phase::connecting && !is_resuming) {
                return core::EndReason::never_connected;
            }
            return reason == MediaCloseReason::remote ? core::EndReason::caller_hung_up
                                                      : core::EndReason::connection_lost;
        case MediaCloseReason::connection_lost:
            return core::EndReason::connection_lost;
        case MediaCloseReason::never_connected:
            // Whoever is carried on was connected before: the caller is gone.
            return is_resuming ? core::EndReason::connection_lost
                               : core::EndReason::never_connected;
        case MediaCloseReason::caller_removed:
            return core::EndReason::caller_removed;
        case MediaCloseReason::room_closed:
            return core::EndReason::room_closed;
        case MediaCloseReason::dismissed:
            return core::EndReason::agent_dismissed;
        case MediaCloseReason::replaced:
            return core::EndReason::replaced;
        case MediaCloseReason::local:
        case MediaCloseReason::failed:
            break;
    }
    return core::EndReason::media_failed;
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
    if (plan_.refusal) {
        queue_.push(core::HangUp{*plan_.refusal, core::LastWords::farewell});
        return;
    }
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
    final_ = output.ending;
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
    reporter_.closing(final_, media_->stats(), dialog_.tokens());
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
