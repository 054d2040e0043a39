#pragma once

#include <string>

#include "core/call/call_record.hpp"
#include "runtime/task_scope.hpp"
#include "services/hosting/host/internal/held_calls.hpp"
#include "services/hosting/phone/phone_dialer.hpp"

namespace studio::services {

/// What a host does about the telephone of a call: calls it, once however often the call changes
/// its worker, and hangs it up while that is ours to do. On the host's loop.
class PhoneSide {
public:
    /// All outlive it; `phones` is nullptr where no telephone can be called.
    PhoneSide(runtime::Loop& loop, runtime::TaskScope& scope, HeldCalls& calls, PhoneDialer* phones)
        : loop_(loop), scope_(scope), calls_(calls), phones_(phones) {}

    /// Gives the call its phone, where it is one by telephone; before its session is made.
    void attach(HeldCall& held, const core::CallRecord& record);
    /// Calls the phone, or waits for it where it was called before. `stored` is the status that the
    /// row had when the call came here. The session hears what becomes of it.
    void dial(HeldCall& held, const CallId& id, core::CallStatus stored);
    /// `identity` as the phone was in the room; empty where that is not known. Nothing where the
    /// call has no phone.
    void hang_up(HeldCall& held, std::string identity);

private:
    void on_phone_outcome(const CallId& id, const PhoneOutcome& outcome);

    runtime::Loop& loop_;
    runtime::TaskScope& scope_;
    HeldCalls& calls_;
    PhoneDialer* phones_;
};

}  // namespace studio::services
