#pragma once

#include <cstdint>

#include "core/call/end_reason.hpp"
#include "services/hosting/worker/internal/worker_context.hpp"

namespace studio::services {

/// How a lease leaves a worker: acknowledged where the call is over, given back where another
/// worker may hold it. Each waits for a queue, store or journal that is away, as long as the worker
/// lives. On the control loop.
class JobEnding {
public:
    /// Which outlives it.
    explicit JobEnding(WorkerContext& context) : context_(context) {}

    /// The call is over and written.
    [[nodiscard]] Task<void> finish(LeaseKey key);
    /// The call is over and was never held: writes that, and why.
    [[nodiscard]] Task<void> end_unheld(LeaseKey key, core::EndReason reason);
    /// For another worker; `counts` as an attempt, of which the last one ends the call.
    [[nodiscard]] Task<void> give_back(LeaseKey key, bool counts);
    /// Writes the end of a call under `token`, or under the row's own where that is 0. True where
    /// it is over then.
    [[nodiscard]] Task<bool> fail_call(TenantId tenant, CallId id, std::uint64_t token,
                                       core::EndReason reason);

private:
    [[nodiscard]] Task<void> close_room(LeaseKey key);

    WorkerContext& context_;
};

}  // namespace studio::services
