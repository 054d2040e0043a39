#pragma once

#include <utility>

#include "runtime/task_scope.hpp"
#include "services/calls/end/dead_call.hpp"
#include "services/hosting/worker/internal/held_leases.hpp"
#include "services/hosting/worker/worker_options.hpp"

namespace studio::services {

/// What the parts of a worker share: its options, what it borrows, the leases that it holds, and
/// its tasks. The worker's own; on the control loop.
struct WorkerContext {
    WorkerContext(WorkerOptions with_options, WorkerParts with_parts)
        : options(std::move(with_options)),
          parts(with_parts),
          held(parts.loop, parts.dispatcher),
          scope(parts.loop) {}

    [[nodiscard]] Instant now() const { return parts.loop.now(); }
    /// False, early, where the worker closes.
    [[nodiscard]] Task<bool> pause(milliseconds duration) {
        return runtime::sleep_for(parts.loop, duration, scope.token());
    }
    [[nodiscard]] bool is_closing() const { return scope.token().is_cancelled(); }
    /// Until when a lease is certainly ours that was asked for at `asked_at`.
    [[nodiscard]] Instant certain_until(Instant asked_at) const {
        return asked_at + options.lease_duration - options.lease_margin;
    }
    [[nodiscard]] DeadCallParts dead_call_parts() {
        return {parts.calls, parts.rooms, parts.loop, scope};
    }

    const WorkerOptions options;
    const WorkerParts parts;
    /// Nothing more is taken, and what is here leaves.
    bool is_draining = false;
    HeldLeases held;
    runtime::TaskScope scope;
};

}  // namespace studio::services
