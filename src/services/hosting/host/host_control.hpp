#pragma once

#include "ports/call_control.hpp"
#include "runtime/loop.hpp"
#include "services/hosting/host/host_places.hpp"

namespace studio::services {

/// Brings what a supervisor wants to the host that holds the call, in this process. On the loop of
/// the dispatcher, whose places they are; all outlive it.
class HostControl final : public CallControl {
public:
    HostControl(runtime::Loop& loop, const HostPlaces& places) : loop_(loop), places_(places) {}

    [[nodiscard]] Task<ControlResult> control(TenantId tenant, CallId id,
                                              core::CallCommand command) override;

private:
    runtime::Loop& loop_;
    const HostPlaces& places_;
};

}  // namespace studio::services
