#pragma once

#include <functional>
#include <string>

#include "base/task.hpp"
#include "base/time.hpp"
#include "core/call/call_record.hpp"
#include "ports/room_control.hpp"
#include "ports/room_names.hpp"

namespace studio::services {

struct PhoneDialerOptions {
    /// How long a phone rings. At most 75 s.
    milliseconds ringing_timeout{45'000};
};

/// What became of an attempt to reach a phone.
struct PhoneOutcome {
    bool answered = false;
    /// For the call's status_reason where it was not answered, one word (docs/phones.md).
    std::string reason;
    /// RFC 3261, section 21; 0 where the network told none.
    int sip_status = 0;
    /// Nobody was called since there was no place for it: it may be tried again in a moment.
    bool may_retry = false;
};

/// Calls the phone of an outbound call into its room, and parts from it.
/// Metric: studio_sip_calls_total{outcome="…",code="…"}. One loop; `rooms` outlives it.
class PhoneDialer {
public:
    explicit PhoneDialer(RoomControl& rooms, PhoneDialerOptions options = {});

    /// Calls and waits: dialing -> ringing -> answered, or why not. `may_call` is asked right
    /// before; no where an earlier holder of the call has begun it, or a later one may: then
    /// nobody's phone rings twice. `on_stage` and
    /// `is_wanted` may be empty. Where the phone was not reached it may ring still: whoever gives
    /// up hangs up.
    [[nodiscard]] Task<PhoneOutcome> dial(core::CallRecord record, std::function<bool()> may_call,
                                          std::function<void(DialStage)> on_stage,
                                          std::function<bool()> is_wanted = {});
    /// Stops the ringing or hangs up; harmless where the phone has gone. A dial() under way ends
    /// with `cancelled`.
    [[nodiscard]] Task<bool> hang_up(std::string room_name, std::string identity);
    /// Hands the phone over to `target` (E.164 or a SIP URI) and leaves it; empty for success, else
    /// the reason.
    [[nodiscard]] Task<std::string> transfer(std::string room_name, std::string identity,
                                             Pii<std::string> target);

    /// The phone's identity in its room. No number is in it: identities are logged.
    [[nodiscard]] static std::string identity_of(const CallId& id) { return phone_identity_of(id); }

private:
    RoomControl& rooms_;
    PhoneDialerOptions options_;
};

}  // namespace studio::services
