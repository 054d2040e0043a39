#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ports/job_queue.hpp"
#include "runtime/loop.hpp"
#include "runtime/wake_list.hpp"
#include "support/queue/call_places.hpp"

namespace studio::testing {

struct MemoryJobQueueOptions {
    /// Takes of one job that may fail; after the last the job is dead.
    std::uint32_t attempts_max = 5;
    /// How long nothing is reaped after the queue came back, or after nobody had reaped for
    /// `reap_pause_max`; and how long calls under limits are not admitted after it lost its memory.
    /// 0, never, is right in one process: holders and queue go together.
    milliseconds recovery_grace{0};
    milliseconds reap_pause_max{1'000};
    /// How long an ended call is remembered, so that a late renewal or push does not revive it.
    milliseconds ended_kept{300'000};
};

/// The queue of calls in one process: embedded mode, tests and simulation. The same rules as
/// RedisJobQueue, on the loop's clock; docs/queue.md tells them. It forgets everything with the
/// process. One loop; it outlives its tasks.
class MemoryJobQueue final : public JobQueue {
public:
    explicit MemoryJobQueue(runtime::Loop& loop, MemoryJobQueueOptions options = {});

    [[nodiscard]] Outcome<bool> push(core::Job job, AdmissionLimits limits) override;
    [[nodiscard]] Outcome<std::optional<Lease>> take(TakeRequest request,
                                                     milliseconds wait) override;
    [[nodiscard]] Outcome<Lease> take_directly(core::Job job, AdmissionLimits limits,
                                               TakeRequest request) override;
    [[nodiscard]] Outcome<RenewOutcome> renew(std::string worker_id, std::vector<Lease> leases,
                                              milliseconds lease_duration) override;
    [[nodiscard]] Outcome<Cancellation> cancel(CallId call_id) override;
    [[nodiscard]] Outcome<std::vector<CallId>> restore(std::vector<core::Job> jobs) override;
    [[nodiscard]] Outcome<bool> acknowledge(LeaseKey key) override;
    [[nodiscard]] Outcome<bool> release(LeaseKey key, bool counts) override;
    [[nodiscard]] Outcome<ReapOutcome> reap() override;
    [[nodiscard]] Outcome<QueueDepth> depth() override;

    /// For tests: an outage. While it lasts every operation says `unavailable` and nothing changes.
    void set_available(bool available);
    /// For tests: a restart without data. Leases in workers' hands come back by renew().
    void lose_memory();
    /// The jobs that wait in a pool, or in the common list where `pool` is empty, head first.
    [[nodiscard]] std::vector<core::Job> waiting_jobs(const std::string& pool) const;

private:
    enum class State : std::uint8_t { waiting, leased, dead, ended };

    struct Known {
        core::Job job;
        State state = State::waiting;
        /// Of the last lease; 0 where there was none.
        std::uint64_t fencing_token = 0;
        std::string worker_id;
        Instant lease_end{};
        /// The list in which it waits.
        std::string list;
        bool is_cancelled = false;
        /// Since when it waits: what is put back has not waited since it was asked for.
        WallTime waits_since{};
    };

    using Refusal = std::optional<QueueError>;

    [[nodiscard]] std::string list_of(const core::Job& job) const;
    [[nodiscard]] std::uint64_t next_token();
    [[nodiscard]] Refusal admission_error(const core::Job& job, const AdmissionLimits& limits);
    [[nodiscard]] Refusal waiting_error(const AdmissionLimits& limits) const;
    void register_pools(const std::vector<std::string>& agents);
    [[nodiscard]] const std::string* choose_list(const std::vector<std::string>& agents) const;
    [[nodiscard]] Result<std::optional<Lease>, QueueError> try_take(const TakeRequest& request);

    void put_waiting(Known& known, bool at_head);
    void leave_waiting(Known& known);
    Lease lease(Known& known, const TakeRequest& request, std::uint64_t token);
    void end_lease(Known& known);
    /// Whether the job waits again; false where it is dead now.
    bool put_back(Known& known, bool counts);
    void end(Known& known, std::uint64_t token);
    [[nodiscard]] bool renew_one(const std::string& worker_id, const Lease& lease, Instant end);
    [[nodiscard]] bool may_reap();
    void forget_ended();

    runtime::Loop& loop_;
    MemoryJobQueueOptions options_;
    bool available_ = true;
    std::unordered_map<CallId, Known> known_;
    std::map<std::string, std::deque<CallId>> lists_;
    std::set<std::string> pools_;
    /// By since when they wait; what the age of the oldest is read from.
    std::set<std::pair<WallTime, CallId>> waiting_;
    /// By the end of the lease.
    std::set<std::pair<Instant, CallId>> leased_;
    CallPlaces places_;
    std::deque<std::pair<Instant, CallId>> ended_;
    std::uint64_t dead_ = 0;
    std::uint64_t last_token_ = 0;
    Deadline reaped_at_;
    Deadline grace_until_;
    Deadline recovering_until_;
    runtime::WakeList takers_;
};

}  // namespace studio::testing
