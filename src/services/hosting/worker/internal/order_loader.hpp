#pragma once

#include <cstdint>

#include "core/call/end_reason.hpp"
#include "services/hosting/host/room_order.hpp"
#include "services/hosting/worker/internal/job_ending.hpp"
#include "services/hosting/worker/internal/worker_context.hpp"

namespace studio::services {

/// Makes a host's order of a leased job: its row, what an earlier holder left of the call, and the
/// agents that it needs. On the control loop.
class OrderLoader {
public:
    /// What is to be done with the lease.
    enum class Next : std::uint8_t {
        /// The order is whole.
        join,
        /// The call is over: acknowledge it.
        over,
        /// It is not ours any more, or the worker closes.
        gone,
        /// What is needed cannot be read here; another worker may.
        give_back
    };

    /// Both outlive it.
    OrderLoader(WorkerContext& context, JobEnding& ending) : context_(context), ending_(ending) {}

    /// After an earlier session of the same call has left its host. The order outlives the task.
    [[nodiscard]] Task<Next> load(LeaseKey key, RoomOrder* order);

private:
    [[nodiscard]] Task<Next> load_record(LeaseKey key, RoomOrder* order);
    [[nodiscard]] Task<Next> load_snapshot(LeaseKey key, RoomOrder* order);
    [[nodiscard]] Task<Next> load_plan(LeaseKey key, RoomOrder* order);
    void refuse(RoomOrder& order, core::EndReason reason) const;

    WorkerContext& context_;
    JobEnding& ending_;
};

}  // namespace studio::services
