#include "services/conversation/session/internal/caller_side.hpp"

#include <utility>

#include "core/call/phone_context.hpp"

namespace studio::services {

namespace {

/// What the jitter buffer still holds when a connection breaks.
constexpr milliseconds heard_after_away{500};

/// A busy media server needs seconds for what takes 100 ms otherwise. Whoever is not there by then
/// hears the rest, as somebody who comes late.
constexpr milliseconds subscription_wait{5'000};

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

void CallerSide::note(const MediaParticipant& participant) {
    if (participant.phone || parts_.link.record().type != core::CallType::sip ||
        identity_.empty()) {
        // Of a call by telephone it is the phone's, which is hung up and handed over by it.
        identity_ = participant.identity;
    }
    presence_.set_muted(participant.is_muted);
    if (participant.phone) {
        note_phone(*participant.phone, participant.is_connected);
    } else if (participant.is_connected) {
        parts_.link.queue().push(core::CallerCame{});
    }
}

/// A phone is there when it was answered; until then it is only in the room.
void CallerSide::note_phone(const core::PhoneContext& phone, bool is_connected) {
    JsonObject told = core::phone_context_json(phone);
    if (!told.empty()) {
        parts_.context.complete_user("call", std::move(told));
    }
    const bool is_called = parts_.link.record().direction == core::CallDirection::outbound;
    const bool is_untold = phone.status == core::PhoneStatus::untold;
    if (is_untold ? is_connected : phone.status == core::PhoneStatus::active) {
        parts_.link.queue().push(core::CallerCame{});
    } else if (is_called && phone.status == core::PhoneStatus::dialing) {
        parts_.link.queue().push(core::CallerRings{core::CallStatus::dialing});
    } else if (is_called && phone.status == core::PhoneStatus::ringing) {
        parts_.link.queue().push(core::CallerRings{core::CallStatus::ringing});
    }
}

void CallerSide::press(char key) {
    if (CallRoom* const room = parts_.media.room(); room != nullptr) {
        room->send_digit(key);
    }
}

void CallerSide::note_away(bool is_away) {
    if (is_away && !is_told_away_) {
        told_away_at_ = parts_.link.now();
    }
    is_told_away_ = is_away;
    show_presence();
}

void CallerSide::note_subscribed(bool is_subscribed) {
    is_subscribed_ = is_subscribed;
    subscription_ends_.reset();
}

bool CallerSide::awaits_subscription(Instant now) {
    if (is_subscribed_) {
        return false;
    }
    if (!subscription_ends_) {
        subscription_ends_ = now + subscription_wait;
    }
    return now < *subscription_ends_;
}

void CallerSide::watch(const InboundFrame& inbound, bool is_audible, Instant now) {
    const bool is_received = inbound.origin == FrameOrigin::received;
    presence_.handle_frame(is_received, is_audible, now);
    if (is_received && now - told_away_at_ > heard_after_away) {
        is_told_away_ = false;
    }
    show_presence();
}

void CallerSide::show_presence() {
    const bool is_away = is_told_away_ || presence_.is_away();
    if (std::exchange(is_away_, is_away) == is_away) {
        return;
    }
    if (is_away) {
        parts_.link.queue().push(core::PlayoutHold{});
    } else {
        parts_.link.queue().push(core::PlayoutResume{});
    }
}

void CallerSide::media_closed(MediaCloseReason reason, const Stage& stage) {
    if (is_gone(reason) && explains_end(stage)) {
        end_waits_ = true;
        return;
    }
    parts_.link.queue().push(core::MediaDown{end_of(reason, stage)});
}

core::EndReason CallerSide::end_of(MediaCloseReason reason, const Stage& stage) const {
    if (is_gone(reason) && is_transferred_) {
        return core::EndReason::transferred;
    }
    switch (reason) {
        case MediaCloseReason::remote:
        case MediaCloseReason::caller_lost:
            // Who came and went before a word could be said was never heard.
            if (!stage.has_begun && !stage.is_resumed) {
                return core::EndReason::never_connected;
            }
            return reason == MediaCloseReason::remote ? core::EndReason::caller_hung_up
                                                      : core::EndReason::connection_lost;
        case MediaCloseReason::connection_lost:
            return core::EndReason::connection_lost;
        case MediaCloseReason::never_connected:
            // Whoever is carried on was connected before: the caller is gone.
            return stage.is_resumed ? core::EndReason::connection_lost
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

bool CallerSide::explains_end(const Stage& stage) {
    if (parts_.phone != nullptr && stage.awaits_caller && parts_.phone->is_dialing()) {
        parts_.phone->on_room_closed();
        return true;
    }
    return is_transferring_;
}

void CallerSide::rings(core::CallStatus stage) {
    parts_.link.enter([this, stage] { parts_.link.queue().push(core::CallerRings{stage}); });
}

void CallerSide::answered() {
    parts_.link.enter([this] {
        if (end_waits_) {
            // Answered and gone again before anything could be said.
            parts_.link.queue().push(core::MediaDown{core::EndReason::never_connected});
        } else {
            parts_.link.queue().push(core::CallerCame{});
        }
    });
}

void CallerSide::not_reached(core::EndReason reason) {
    parts_.link.enter([this, reason] {
        parts_.link.queue().push(core::HangUp{reason, core::LastWords::none});
    });
}

void CallerSide::transfer(std::string target, std::function<void(std::string)> done) {
    is_transferring_ = true;
    parts_.phone->transfer(
        identity_, std::move(target),
        [this, done = std::move(done), alive = std::weak_ptr<bool>(alive_)](std::string error) {
            if (alive.expired()) {
                return;
            }
            on_transferred(error);
            done(std::move(error));
        });
}

void CallerSide::on_transferred(const std::string& error) {
    is_transferring_ = false;
    is_transferred_ = error.empty();
    if (std::exchange(end_waits_, false)) {
        parts_.link.queue().push(core::MediaDown{
            is_transferred_ ? core::EndReason::transferred : core::EndReason::caller_hung_up});
    }
}

}  // namespace studio::services
