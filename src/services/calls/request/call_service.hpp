#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "ports/call_store.hpp"
#include "ports/room_control.hpp"
#include "services/errors/service_error.hpp"

namespace studio::services {

/// What a call is asked for with, beside its body.
struct CallOrigin {
    /// Makes repeated requests one call; empty for none.
    std::string idempotency_key{};
    /// False where a test key asked for it.
    bool livemode = true;
};

/// A call that was just asked for, and how its caller gets into it.
struct CreatedCall {
    core::CallRecord record;
    /// The room that the caller enters; absent where the caller makes an SDP offer instead.
    std::optional<RoomAccess> room;
    /// How long such an offer is waited for.
    milliseconds offer_timeout{0};
};

/// The use cases that begin and end calls; one for calls that this process holds itself, one for
/// calls in rooms that workers hold. On the loop of the use cases.
class CallService : public Interface {
public:
    /// The body of POST /calls. With an idempotency key that was used before, the call that was
    /// made then.
    [[nodiscard]] virtual ServiceTask<CreatedCall> create(TenantId tenant, Json body,
                                                          CallOrigin origin) = 0;
    /// Connects a pending call; returns the SDP answer. conflict where the call is not one that
    /// waits for an offer; after validation_error or unavailable another offer may be made.
    [[nodiscard]] virtual ServiceTask<std::string> accept_offer(TenantId tenant, CallId id,
                                                                std::string offer_sdp) = 0;
    /// Ends the call: at once where it is pending, else whoever holds it ends it. Returns the
    /// record as it stands then: final where the call is over, also where it was over before, so
    /// that asking again is harmless.
    [[nodiscard]] virtual ServiceTask<core::CallRecord> end(TenantId tenant, CallId id) = 0;
};

/// The use cases that only look at calls. Lives on the loop of the use cases; the store outlives
/// it.
class CallReader {
public:
    explicit CallReader(CallStore& store) : store_(store) {}

    [[nodiscard]] ServiceTask<core::CallRecord> load(TenantId tenant, CallId id);
    [[nodiscard]] ServiceTask<Page<core::CallRecord>> list(TenantId tenant, CallFilter filter);
    [[nodiscard]] ServiceTask<std::vector<core::TranscriptEntry>> transcript(TenantId tenant,
                                                                             CallId id);

private:
    CallStore& store_;
};

}  // namespace studio::services
