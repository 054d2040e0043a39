#pragma once

#include <string>

#include "core/call/call_command.hpp"
#include "ports/call_control.hpp"
#include "ports/call_store.hpp"
#include "services/errors/service_error.hpp"

namespace studio::services {

/// What people who watch a call may do in it. On the loop of the use cases; what it is built from
/// outlives it.
class LiveControl {
public:
    LiveControl(CallStore& calls, CallControl& control) : calls_(calls), control_(control) {}

    /// True where it was done, or begun where it takes its time. not_found of another tenant's
    /// call, conflict where the call is not active or it cannot be done in it, unavailable where
    /// whoever holds it does not answer.
    [[nodiscard]] ServiceTask<bool> order(TenantId tenant, CallId id, core::CallCommand command);

private:
    [[nodiscard]] ServiceTask<bool> check_active(TenantId tenant, CallId id);

    CallStore& calls_;
    CallControl& control_;
};

}  // namespace studio::services
