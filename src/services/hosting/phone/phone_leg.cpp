#include "services/hosting/phone/internal/phone_leg.hpp"

#include <algorithm>
#include <utility>

namespace studio::services {
namespace {

/// The network's own reason comes a moment after the phone went.
constexpr milliseconds reason_grace{3'000};
/// How long a telephone service without a place is asked again, and how soon: it measures its load
/// each second.
constexpr milliseconds busy_patience{10'000};
constexpr milliseconds busy_first_delay{500};
constexpr milliseconds busy_delay_max{2'000};

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
    PhoneOutcome outcome =
        co_await dial_patiently(std::move(may_call), [this, &events](DialStage stage) {
            if (!is_detached_) {
                events.on_stage(stage);
            }
        });
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

Task<PhoneOutcome> PhoneLeg::dial_patiently(std::function<bool()> may_call,
                                            std::function<void(DialStage)> on_stage) {
    const Instant give_up_at = parts_.loop.now() + busy_patience;
    milliseconds delay = busy_first_delay;
    while (true) {
        PhoneOutcome outcome = co_await parts_.dialer.dial(record_, may_call, on_stage,
                                                           [this] { return is_wanted(); });
        const bool again = !outcome.answered && outcome.may_retry && is_wanted() &&
                           parts_.loop.now() + delay < give_up_at;
        if (!again) {
            co_return outcome;
        }
        const bool has_passed =
            co_await runtime::sleep_for(parts_.loop, delay, parts_.scope.token());
        if (!has_passed || !is_wanted()) {
            co_return outcome;
        }
        delay = std::min(delay * 2, busy_delay_max);
    }
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
