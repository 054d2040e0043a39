#pragma once

#include <vector>

#include "services/hosting/worker/internal/worker_context.hpp"

namespace studio::services {

/// Renews what a worker holds, and acts on what the queue tells of it: a lease that is another's by
/// now is lost, a call that somebody ended is said goodbye to. On the control loop.
class LeaseRenewal {
public:
    /// Which outlives it.
    explicit LeaseRenewal(WorkerContext& context) : context_(context) {}

    /// Until the worker closes.
    [[nodiscard]] Task<void> run();

private:
    void note_renewed(const std::vector<Lease>& asked, Instant asked_at,
                      const std::vector<CallId>& stale);
    void lose(const CallId& id);
    void cancel(const CallId& id);
    [[nodiscard]] Task<void> end_held(CallId id);

    WorkerContext& context_;
};

}  // namespace studio::services
