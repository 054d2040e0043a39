#include "services/call_host/internal/phone_leg.hpp"

#include <utility>

namespace studio::services {
namespace {

/// The network's own reason comes a moment after the phone went.
constexpr milliseconds reason_grace{3'000};

}  // namespace

bool PhoneLeg::is_wanted() const {
    return !is_detached_ && can_spawn() && (!give_up_at_ || parts_.loop.now() < *give_up_at_);
}

void PhoneLeg::hurry() {
    if (is_dialing_ && !give_up_at_) {
        give_up_at_ = parts_.loop.now() + reason_grace;
    }
}

void PhoneLeg::dial(std::function<bool()> may_call, Events events) {
    if (can_spawn()) {
        is_dialing_ = true;
        parts_.scope.spawn(run_dial(shared_from_this(), std::move(may_call), std::move(events)));
    }
}

Task<void> PhoneLeg::run_dial([[maybe_unused]] Self self, std::function<bool()> may_call,
                              Events events) {
    PhoneOutcome outcome = co_await parts_.dialer.dial(
        record_, std::move(may_call),
        [this, &events](DialStage stage) {
            if (!is_detached_) {
                events.on_stage(stage);
            }
        },
        [this] { return is_wanted(); });
    is_dialing_ = false;
    if (is_detached_) {
        co_return;
    }
    // Without a word of the network's, it was the end of the room.
    if (!outcome.answered && is_room_closed_ && outcome.sip_status == 0 &&
        outcome.reason != "phone_gone") {
        outcome.reason = "cancelled";
    }
    events.on_outcome(outcome);
}

void PhoneLeg::on_room_closed() {
    is_room_closed_ = true;
    hurry();
}

void PhoneLeg::hang_up(std::string identity) {
    hurry();
    if (identity.empty() && record_.direction == core::CallDirection::outbound) {
        identity = PhoneDialer::identity_of(record_.id);
    }
    if (!is_detached_ && !identity.empty() && can_spawn()) {
        parts_.scope.spawn(run_hang_up(shared_from_this(), std::move(identity)));
    }
}

Task<void> PhoneLeg::run_hang_up([[maybe_unused]] Self self, std::string identity) {
    static_cast<void>(co_await parts_.dialer.hang_up(record_.room_name, std::move(identity)));
}

void PhoneLeg::transfer(std::string identity, std::string target,
                        std::function<void(std::string)> done) {
    if (can_spawn()) {
        parts_.scope.spawn(run_transfer(shared_from_this(), std::move(identity), std::move(target),
                                        std::move(done)));
    }
}

Task<void> PhoneLeg::run_transfer([[maybe_unused]] Self self, std::string identity,
                                  std::string target, std::function<void(std::string)> done) {
    // Whoever asks is in the middle of their work.
    co_await runtime::resume_on(parts_.loop);
    std::string error = co_await parts_.dialer.transfer(record_.room_name, std::move(identity),
                                                        Pii<std::string>(std::move(target)));
    if (!is_detached_) {
        done(std::move(error));
    }
}

}  // namespace studio::services
