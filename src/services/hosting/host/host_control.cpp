#include "services/hosting/host/host_control.hpp"

#include <utility>

#include "runtime/task_scope.hpp"
#include "services/hosting/host/call_host.hpp"

namespace studio::services {

Task<ControlResult> HostControl::control(TenantId tenant, CallId id, core::CallCommand command) {
    const HostPlaces::Host* const placed = places_.host_of(id);
    if (placed == nullptr) {
        co_return fail(ControlRefusal{});
    }
    const HostPlaces::Host host = *placed;
    co_await runtime::resume_on(*host.loop);
    auto outcome = host.host->control(tenant, id, command);
    co_await runtime::resume_on(loop_);
    co_return outcome;
}

}  // namespace studio::services
