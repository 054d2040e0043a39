#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "services/hosting/host/room_order.hpp"
#include "services/hosting/rooms/call_holder.hpp"
#include "services/hosting/worker/worker_options.hpp"

namespace studio::services {

class JobLife;
class LeaseRenewal;
class WorkerDoor;
struct WorkerContext;

/// Holds the calls of one process: takes jobs, and lets go of them all at the end. What becomes of
/// one is JobLife's matter, their leases LeaseRenewal's, and the calls themselves are held by the
/// hosts. Lives on the control loop.
///
///   queue --take--> loading --> joining --> held --ended--> acknowledging --> gone
///                      |           |          | drain: frozen, released --> replaced --> gone
///                      +-----------+-- release, for another worker
///   a stale lease, store or journal: the call is stopped silently, from anywhere
///   cancelled: farewell and end where it is held, else its end is written
///
/// The queue may be away: calls go on, and only `stale` ever stops one.
class Worker {
public:
    using Parts = WorkerParts;

    Worker(WorkerOptions options, Parts parts);
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    /// Begins to take, renew and reap; once.
    void start();
    /// Admits and holds a call that did not come from the queue: a room that the media server
    /// assigned, a phone that rang. Ends when it is leased and its row is in the store.
    [[nodiscard]] Task<Result<bool, HoldError>> take_directly(HoldRequest request,
                                                              AdmissionLimits limits);
    /// From a host's loop, as its OnEnded.
    void on_call_ended(const CallId& id, CallEnd end);
    /// From a LoopWatch, posted to the control loop: `index` as Dispatcher::add_host() counts.
    void on_load(std::size_t index, const LoopLoad& load);

    /// Takes nothing more and hands every call over; what nobody takes goes on here as long as its
    /// goodbye still ends within `timeout`, is told it, and ends. True where no call had to be
    /// ended.
    [[nodiscard]] Task<bool> drain(milliseconds timeout);
    /// After drain(), or at once where the process gives up: stops renewing and waits for its
    /// tasks.
    [[nodiscard]] Task<void> close();

    /// Without those that are only told a sentence.
    [[nodiscard]] std::size_t count() const;
    /// Those whose session is here, for CallHeartbeat.
    [[nodiscard]] std::vector<CallId> held_calls() const;
    /// Whether another call may come: not full, not overloaded, not draining.
    [[nodiscard]] bool has_room() const;

private:
    [[nodiscard]] TakeRequest take_request() const;
    [[nodiscard]] Task<void> take_jobs();
    [[nodiscard]] Task<void> reap_leases();
    /// `asked_at`: when the lease was asked for.
    void begin(Lease lease, Instant asked_at, std::optional<RoomJoin> join,
               std::optional<core::EndReason> refusal = std::nullopt);
    [[nodiscard]] Task<Result<bool, HoldError>> write_row(core::CallRecord record, LeaseKey key);
    [[nodiscard]] Task<bool> wait_until_empty(nanoseconds timeout);

    std::unique_ptr<WorkerContext> context_;
    std::unique_ptr<JobLife> life_;
    std::unique_ptr<LeaseRenewal> renewal_;
    std::unique_ptr<WorkerDoor> door_;
    /// A request for a job is under way.
    bool is_taking_ = false;
};

}  // namespace studio::services
