#include <optional>
#include <utility>

#include "audio/level.hpp"
#include "core/turn/typed_text.hpp"
#include "services/conversation/session/internal/session_body.hpp"

namespace studio::services {

namespace {

/// A quiet voice on a telephone is about -35 dBFS, a quiet line below -55.
/// Below the -45 dBFS at which callers of ours count, since a codec takes some dB off the end of a
/// word: what they count must count here too, or they would hear an answer before it left.
constexpr double audible_dbfs = -50.0;

}  // namespace

void CallSession::Body::start() {
    if (options_.input_log != nullptr) {
        options_.input_log->command("start", "", now());
    }
    guard([this] {
        queue_.push(core::CallStart{});
        settle();
    });
}

void CallSession::Body::hang_up(const char* command, core::EndReason reason,
                                core::LastWords last_words) {
    if (options_.input_log != nullptr) {
        options_.input_log->command(command, std::string(core::name_of(reason)), now());
    }
    enter([this, reason, last_words] { queue_.push(core::HangUp{reason, last_words}); });
}

void CallSession::Body::on_media_event(const MediaEvent& event) {
    if (options_.input_log != nullptr) {
        options_.input_log->media_event(event, now());
    }
    enter([this, &event] { std::visit([this](const auto& which) { on(which); }, event); });
}

void CallSession::Body::on_media_participant(const MediaParticipant& participant) {
    enter([this, &participant] { caller_.note(participant); });
}

bool CallSession::Body::on_media_frame(const InboundFrame& inbound, audio::Frame& outbound,
                                       Instant now) {
    if (is_broken()) {
        return false;
    }
    if (life_.awaits_caller()) {
        // A track is there for others from its first packet on, and a phone is answered by it.
        outbound.samples.fill(0);
        return true;
    }
    if (!life_.is_active() && life_.phase() != core::Call::Phase::saying) {
        return false;
    }
    const Findings findings = talk_.learn();
    if (options_.input_log != nullptr) {
        options_.input_log->media_frame(inbound, findings, now);
    }
    bool spoke = false;
    now_ = now;
    enter([&] {
        if (findings.turn) {
            talk_.note(*findings.turn);
        }
        spoke = take_frame(inbound, outbound, now);
    });
    now_.reset();
    return spoke;
}

bool CallSession::Body::take_frame(const InboundFrame& inbound, audio::Frame& outbound,
                                   Instant now) {
    const bool is_audible = audio::level_dbfs(inbound.frame.samples) > audible_dbfs;
    caller_.watch(inbound, is_audible, now);
    if (life_.is_active() && !is_frozen_) {
        talk_.hear(inbound, is_audible, now);
        settle();
    }
    if (caller_.awaits_subscription(now)) {
        // The first packets make the track that is waited for.
        outbound.samples.fill(0);
        return true;
    }
    const bool spoke =
        life_.phase() < core::Call::Phase::writing && !caller_.is_away() && talk_.speak(outbound);
    // While frozen it waits in the playout.
    if (!is_frozen_) {
        talk_.note_spoken();
    }
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
    if (life_.is_active()) {
        queue_.push(core::TextTyped{
            core::clean_typed_text(event.text, core::TurnOptions{}.typed_bytes_max)});
    }
}

void CallSession::Body::on(const MediaCallerAway& event) {
    caller_.note_away(event.is_away);
}

void CallSession::Body::on(const MediaSubscribed& event) {
    caller_.note_subscribed(event.is_subscribed);
}

void CallSession::Body::on(const MediaClosed& event) {
    if (event.reason == MediaCloseReason::replaced && options_.keeper != nullptr) {
        is_frozen_ = true;
        options_.keeper->on_replaced();
        return;
    }
    caller_.media_closed(event.reason, {.awaits_caller = life_.awaits_caller(),
                                        .has_begun = life_.phase() > core::Call::Phase::connecting,
                                        .is_resumed = plan_.snapshot.has_value()});
}

}  // namespace studio::services
