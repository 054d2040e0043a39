#include <utility>

#include "core/call/phone_context.hpp"
#include "services/call_session/internal/session_body.hpp"

namespace studio::services {

void CallSession::Body::note_caller(const MediaParticipant& participant) {
    if (participant.kind == "sip" || record().type != core::CallType::sip ||
        caller_identity_.empty()) {
        // Of a call by telephone it is the phone's, which is hung up and handed over by it.
        caller_identity_ = participant.identity;
    }
    presence_.set_muted(participant.is_muted);
    if (participant.kind == "sip") {
        note_phone(participant);
    } else if (participant.is_connected) {
        queue_.push(core::CallerCame{});
    }
}

/// A phone is there when it was answered; until then it is only in the room.
void CallSession::Body::note_phone(const MediaParticipant& participant) {
    JsonObject told = core::phone_context(participant.attributes);
    if (!told.empty()) {
        context_.complete_user("call", std::move(told));
    }
    const auto status = participant.attributes.find("sip.callStatus");
    const bool is_told = status != participant.attributes.end();
    if (is_told ? status->second == "active" || status->second == "automation"
                : participant.is_connected) {
        queue_.push(core::CallerCame{});
    } else if (is_told && record().direction == core::CallDirection::outbound) {
        if (status->second == "dialing") {
            queue_.push(core::CallerRings{core::CallStatus::dialing});
        } else if (status->second == "ringing") {
            queue_.push(core::CallerRings{core::CallStatus::ringing});
        }
    }
}

void CallSession::Body::phone_rings(core::CallStatus stage) {
    catch_up();
    queue_.push(core::CallerRings{stage});
    settle();
}

void CallSession::Body::phone_answered() {
    catch_up();
    if (end_waits_) {
        // Answered and gone again before anything could be said.
        queue_.push(core::MediaDown{core::EndReason::never_connected});
    } else {
        queue_.push(core::CallerCame{});
    }
    settle();
}

void CallSession::Body::phone_not_reached(core::EndReason reason) {
    catch_up();
    queue_.push(core::HangUp{reason, core::LastWords::none});
    settle();
}

bool CallSession::Body::explains_end() {
    if (options_.phone != nullptr && awaits_caller() && options_.phone->is_dialing()) {
        options_.phone->on_room_closed();
        return true;
    }
    return is_transferring_;
}

void CallSession::Body::press_digit(char digit) {
    media_->send_digit(digit);
}

void CallSession::Body::transfer(std::string target, std::function<void(std::string)> done) {
    is_transferring_ = true;
    options_.phone->transfer(
        caller_identity_, std::move(target),
        [this, done = std::move(done), alive = std::weak_ptr<bool>(alive_)](std::string error) {
            if (alive.expired()) {
                return;
            }
            on_transferred(error);
            done(std::move(error));
        });
}

void CallSession::Body::on_transferred(const std::string& error) {
    is_transferring_ = false;
    is_transferred_ = error.empty();
    if (std::exchange(end_waits_, false)) {
        queue_.push(core::MediaDown{is_transferred_ ? core::EndReason::transferred
                                                    : core::EndReason::caller_hung_up});
    }
}

}  // namespace studio::services
