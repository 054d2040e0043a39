#pragma once

#include "services/hosting/host/room_order.hpp"
#include "services/hosting/worker/internal/job_ending.hpp"
#include "services/hosting/worker/internal/order_loader.hpp"
#include "services/hosting/worker/internal/worker_context.hpp"

namespace studio::services {

/// What becomes of a job from its lease on: it is loaded, its room entered, and at the end it is
/// acknowledged, given back or handed over. On the control loop.
class JobLife {
public:
    /// Which outlives it.
    explicit JobLife(WorkerContext& context)
        : context_(context), ending_(context), loader_(context, ending_) {}

    /// Shows from the start, at 0, what is counted rarely: a worker that hands over ends soon, and
    /// a rate needs a sample before the first event.
    static void show_figures();

    /// From the lease until its host has the call, or it is gone again. on_call_ended() follows.
    [[nodiscard]] Task<void> hold(LeaseKey key);
    /// The call has left its host.
    void on_call_ended(const CallId& id, CallEnd end);
    /// For another worker; where none comes the call goes on here.
    [[nodiscard]] Task<void> hand_over(LeaseKey key);

private:
    /// The pointer is to the order of hold(), which awaits this.
    [[nodiscard]] Task<Result<bool, JoinError>> try_join(LeaseKey key, RoomOrder* order);
    [[nodiscard]] Task<void> on_join_refused(LeaseKey key, JoinError error);

    WorkerContext& context_;
    JobEnding ending_;
    OrderLoader loader_;
};

}  // namespace studio::services
