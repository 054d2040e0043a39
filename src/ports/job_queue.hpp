#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/interface.hpp"
#include "base/result.hpp"
#include "base/strong_id.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "core/job/job.hpp"

namespace studio {

/// How many calls there may be at once, waiting ones included. 0 means no limit.
struct AdmissionLimits {
    std::uint32_t tenant_calls_max = 0;
    std::uint32_t agent_calls_max = 0;
    /// Jobs that wait, over all tenants; and how long the oldest may have waited before new ones
    /// are refused: an answer of 503 is better than a caller who waits in vain.
    std::uint32_t waiting_max = 0;
    milliseconds oldest_age_max{0};
    /// For a call whose caller was answered already. Where the limits of tenant or agent refuse it,
    /// the next free place of each is kept for it this long, so that new calls cannot take it
    /// again and again; asking again prolongs it. 0: nobody waits for this call, keep nothing.
    milliseconds place_kept{0};
};

enum class QueueError : std::uint8_t {
    /// The queue cannot be reached. May succeed if tried again; the call is not lost as long as its
    /// row is pending, since a sweep pushes it.
    unavailable,
    /// The tenant's limit is reached. May succeed when one of its calls ends.
    tenant_limit,
    /// The agent's limit is reached.
    agent_limit,
    /// The worker's limit is reached.
    worker_limit,
    /// Too many jobs wait, or the oldest for too long. May succeed later.
    overloaded,
    /// Another call has that room already: a room has one agent. Final for this call.
    room_taken,
    /// The lease belongs to another holder by now, or the job is over: stop, and leave no effect.
    stale,
    /// What the queue holds cannot be read. A bug, or another program's data.
    corrupt,
};

[[nodiscard]] constexpr bool is_transient(QueueError error) {
    return error != QueueError::stale && error != QueueError::corrupt &&
           error != QueueError::room_taken;
}

/// The right to hold a call. `fencing_token` grows with each lease of the same call: whoever takes
/// an effect compares it with the greatest it has seen and refuses the smaller.
struct Lease {
    core::Job job;
    std::uint64_t fencing_token = 0;
};

/// Who takes a job, and what it is able to hold.
struct TakeRequest {
    /// Unique to this process for its life.
    std::string worker_id;
    /// Calls that the worker holds at once; its leases never exceed it.
    std::uint32_t worker_calls_max = 0;
    /// Agents whose pools it serves (AGENT_FILTER), in order of preference; empty means every
    /// queue.
    std::vector<std::string> agents;
    /// Until the lease ends unless it is renewed. Several times the interval of renewal.
    milliseconds lease_duration{2'000};
};

/// A lease as its holder names it.
struct LeaseKey {
    CallId call_id;
    std::uint64_t fencing_token = 0;
};

/// What waits in one list of the queue.
struct PoolDepth {
    /// The agent whose pool it is; empty for the common list.
    std::string agent;
    std::uint64_t waiting = 0;
};

/// What waits and what is held; for admission, metrics and autoscaling.
struct QueueDepth {
    std::uint64_t waiting = 0;
    milliseconds oldest_age{0};
    std::uint64_t leased = 0;
    /// Jobs that failed too often; a person has to look at them.
    std::uint64_t dead = 0;
    /// Every list, the common one first, then the pools by their names; empty ones too.
    std::vector<PoolDepth> pools{};
};

/// What one look at the leases brought.
struct ReapOutcome {
    /// Leases that had ended; their jobs are at the head of their queue again.
    std::vector<CallId> put_back;
    /// Jobs whose last attempt had ended: the call is to be failed.
    std::vector<core::Job> dead;
};

/// What a renewal brought.
struct RenewOutcome {
    /// Leases that are another's by now.
    std::vector<CallId> stale;
    /// Calls that are to end, by cancel(); told by every renewal.
    std::vector<CallId> cancelled;
};

/// What cancel() met.
enum class Cancellation : std::uint8_t {
    /// It waited, and is over: nobody will take it, and its places are free.
    removed,
    /// A worker holds it and is told by its next renewal.
    told,
    /// It is not known, or was over.
    unknown,
};

/// The calls that wait for a worker, and who holds which. Every operation is one atomic step: a
/// crash between two leaves the queue whole. A job is known from its push until it is acknowledged
/// or dead, and as long as it is known it counts against the limits and its room is its own:
/// another call in the same room is refused (room_taken). Any loop may call; the task resumes on
/// the loop that awaits it.
///
///            push            take / take_directly          acknowledge
///   unknown -----> waiting --------------------> leased ----------------> unknown
///      ^              |  ^                          |  release, lease ended
///      +--- cancel ---+  +--------------------------+--- attempts used up --> dead
class JobQueue : public Interface {
public:
    template <class Value>
    using Outcome = Task<Result<Value, QueueError>>;

    /// Puts the job at the tail of its queue: the pool of its agent where there is one, else the
    /// common one. True where it is new; false, and no change, where the call is known already, so
    /// that a repeat is harmless.
    [[nodiscard]] virtual Outcome<bool> push(core::Job job, AdmissionLimits limits) = 0;
    /// The next job, leased; nothing where none waits. Waits up to `wait` for one to come.
    [[nodiscard]] virtual Outcome<std::optional<Lease>> take(TakeRequest request,
                                                             milliseconds wait) = 0;
    /// Admits a job that did not come from the queue (a room that LiveKit assigned, an inbound
    /// phone call) and leases it to this worker, in one step and under the same limits of tenant,
    /// agent and worker; it does not wait, so what waits does not count. A job that waits is taken
    /// out of its queue; one that this worker holds is returned again; else stale.
    [[nodiscard]] virtual Outcome<Lease> take_directly(core::Job job, AdmissionLimits limits,
                                                       TakeRequest request) = 0;
    /// Prolongs leases by `lease_duration` from now. A lease that has ended but was not reaped yet
    /// is prolonged. A call that the queue does not know (it lost its memory) is known and leased
    /// again. The jobs are written back as they are told: a holder may reset the attempts.
    [[nodiscard]] virtual Outcome<RenewOutcome> renew(std::string worker_id,
                                                      std::vector<Lease> leases,
                                                      milliseconds lease_duration) = 0;
    /// The call is to end, whoever holds it. A repeat is harmless.
    [[nodiscard]] virtual Outcome<Cancellation> cancel(CallId call_id) = 0;
    /// Calls that are held as far as their rows say: those that nobody knows, since the queue lost
    /// its memory and their workers died, wait again at the head of their queues, beyond every
    /// limit. Returns those. unavailable until the holders had time to renew.
    [[nodiscard]] virtual Outcome<std::vector<CallId>> restore(std::vector<core::Job> jobs) = 0;
    /// The call is over; its places are free. stale where the lease is another's. A repeat is
    /// harmless, and a push or renewal that comes late does not revive the call.
    [[nodiscard]] virtual Outcome<bool> acknowledge(LeaseKey key) = 0;
    /// Gives the job back to the head of its queue, for another worker, at once: a hand-over, or a
    /// worker that cannot hold it. `counts` is whether the attempt counts. False where that used up
    /// its attempts: the job is dead, and the call is to be failed. unavailable also where the
    /// queue lost its memory and the job with it: the next renew() brings it back; then ask again.
    [[nodiscard]] virtual Outcome<bool> release(LeaseKey key, bool counts) = 0;
    /// Looks for leases that have ended. Every worker does so regularly; one finds each. Does
    /// nothing in the first lease duration after the queue came back, so that holders can renew.
    [[nodiscard]] virtual Outcome<ReapOutcome> reap() = 0;
    [[nodiscard]] virtual Outcome<QueueDepth> depth() = 0;
};

}  // namespace studio
