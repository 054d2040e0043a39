#pragma once

#include <functional>
#include <memory>
#include <string>

#include "runtime/task_scope.hpp"
#include "services/conversation/effects/call_phone.hpp"
#include "services/hosting/phone/phone_dialer.hpp"

namespace studio::services {

/// The telephone of one call: calls it, hands it over, parts from it. On the call's loop. Its tasks
/// keep it alive, so it is held by a shared pointer.
///
///   idle --dial--> dialing --outcome--> idle
///   detach: another worker's; nothing is told and nobody is hung up on any more
class PhoneLeg final : public CallPhone, public std::enable_shared_from_this<PhoneLeg> {
public:
    struct Parts {
        PhoneDialer& dialer;
        runtime::Loop& loop;
        runtime::TaskScope& scope;
    };
    /// Not told after detach().
    struct Events {
        std::function<void(DialStage)> on_stage;
        std::function<void(const PhoneOutcome&)> on_outcome;
    };

    PhoneLeg(Parts parts, core::CallRecord record) : parts_(parts), record_(std::move(record)) {}

    /// Calls the phone; once. As PhoneDialer::dial(), and tried again for some seconds where there
    /// is no place for the call.
    void dial(std::function<bool()> may_call, Events events);
    /// Stops the ringing, or hangs up. An outcome that is awaited comes soon. `identity` is that in
    /// the room; empty for the phone that we called.
    void hang_up(std::string identity);
    void detach() { is_detached_ = true; }

    [[nodiscard]] bool is_dialing() const override { return is_dialing_; }
    void on_room_closed() override;
    void transfer(std::string identity, std::string target,
                  std::function<void(std::string)> done) override;

private:
    using Self = std::shared_ptr<PhoneLeg>;

    // The tasks take a pointer to their own object to keep it.
    [[nodiscard]] Task<void> run_dial(Self self, std::function<bool()> may_call, Events events);
    [[nodiscard]] Task<PhoneOutcome> dial_patiently(std::function<bool()> may_call,
                                                    std::function<void(DialStage)> on_stage);
    [[nodiscard]] Task<void> run_hang_up(Self self, std::string identity);
    [[nodiscard]] Task<void> run_transfer(Self self, std::string identity, std::string target,
                                          std::function<void(std::string)> done);
    [[nodiscard]] bool is_wanted() const;
    [[nodiscard]] bool can_spawn() const { return !parts_.scope.token().is_cancelled(); }
    void hurry();

    Parts parts_;
    core::CallRecord record_;
    bool is_dialing_ = false;
    bool is_room_closed_ = false;
    bool is_detached_ = false;
    /// Until then an outcome is awaited.
    Deadline give_up_at_;
};

}  // namespace studio::services
