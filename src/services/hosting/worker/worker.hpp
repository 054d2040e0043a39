#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ports/call_journal.hpp"
#include "ports/call_store.hpp"
#include "ports/job_queue.hpp"
#include "ports/resource_store.hpp"
#include "ports/room_control.hpp"
#include "runtime/task_scope.hpp"
#include "runtime/wake_list.hpp"
#include "services/calls/end/dead_call.hpp"
#include "services/hosting/host/dispatcher.hpp"
#include "services/hosting/lease/lease_life.hpp"
#include "services/hosting/rooms/call_holder.hpp"
#include "services/hosting/worker/load_guard.hpp"

namespace studio::services {

/// What one core holds: about half of the 189 calls in rooms that bench/results/peers.md measured
/// for one, since the other half is headroom for bursts. What the machine really bears is watched
/// while it runs (LoadGuard). At least one core.
[[nodiscard]] constexpr std::uint32_t default_calls_max(unsigned cores) {
    return 100U * (cores == 0 ? 1U : cores);
}

struct WorkerOptions {
    /// Unique to this process for its life.
    std::string worker_id;
    /// WORKER_MAX_CALLS.
    std::uint32_t calls_max = default_calls_max(1);
    /// AGENT_FILTER; empty means all.
    std::vector<std::string> agents{};
    /// A worker that died is noticed after this.
    milliseconds lease_duration{2'000};
    milliseconds renew_interval{500};
    /// What an effect needs to leave us, and the difference of two clocks over one lease: so much
    /// before its end a lease counts as uncertain.
    milliseconds lease_margin{100};
    milliseconds reap_interval{250};
    /// Of one request for a job; also how long it takes until a worker that was full looks again.
    milliseconds take_wait{1'000};
    /// After a failure of queue, store or journal.
    milliseconds retry_delay{200};
    /// How long a call's room is tried to be entered while the media server is away, before another
    /// worker tries and the attempt counts.
    milliseconds media_timeout{3'000};
    /// How long the row and the agent of a call are tried to be read before another worker is let.
    milliseconds load_timeout{30'000};
    /// How long the snapshot of a call is tried to be read before it is made up from the
    /// transcript: the caller hears nothing meanwhile.
    milliseconds journal_timeout{2'000};
    /// Hand-over: how long a moment between turns is waited for, and how long a call stays frozen
    /// until another worker takes its place.
    milliseconds turn_patience{3'000};
    milliseconds replacement_timeout{3'000};
    /// Of the time to drain, what is left for the goodbye of calls that nobody took; at most half.
    milliseconds goodbye_timeout{10'000};
    /// A call that was held so long has all its attempts again, by the next renewal: they are for
    /// calls that fail wherever they are tried, not for those whose workers die one after another.
    milliseconds healthy_after{5'000};
    LoadLimits load_limits{};
    /// A call that is not in its room so long after it was taken will not be greeted in time. Where
    /// so many are, no further one is taken: another worker is faster.
    milliseconds greeting_limit{4'000};
    std::size_t slow_calls_max = 3;
    /// What the caller hears of a call that cannot be held: of an agent that does not exist, or
    /// beyond a limit. A template.
    std::string refusal_notice =
        "I am sorry, nobody can take your call at the moment. Please try again later. Goodbye.";
    /// Such calls at once beyond the places of the worker and of each of its loops.
    std::uint32_t refusals_max = 16;
};

/// What is wrong with the options, one sentence each; empty where all is well.
[[nodiscard]] std::vector<std::string> validate(const WorkerOptions& options);

/// Holds the calls of one process: takes jobs, renews their leases, and lets go of them. The calls
/// themselves are held by the hosts. Lives on the control loop.
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
    /// All outlive it.
    struct Parts {
        runtime::Loop& loop;
        JobQueue& queue;
        CallJournal& journal;
        CallStore& calls;
        ResourceStore& resources;
        Dispatcher& dispatcher;
        /// Closes the rooms that were made for a call, at its end; nullptr: they stay.
        RoomControl* rooms = nullptr;
    };

    Worker(WorkerOptions options, Parts parts);

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

    [[nodiscard]] std::size_t count() const { return held_.size(); }
    /// Those whose session is here, for CallHeartbeat.
    [[nodiscard]] std::vector<CallId> held_calls() const;
    /// Whether another call may come: not full, not overloaded, not draining.
    [[nodiscard]] bool has_room() const;

private:
    /// Whether calls that were taken long ago are not in their rooms yet.
    [[nodiscard]] bool is_slow() const;
    /// A lease in our hands.
    struct Held {
        Lease lease;
        /// When it came here.
        Instant begun_at{};
        std::shared_ptr<LeaseLife> life;
        std::optional<RoomJoin> join{};
        /// Why it is not held, but told so (HoldRequest).
        std::optional<core::EndReason> refusal{};
        /// When its host had it.
        Deadline joined_at{};
        /// Given back to the queue: not renewed, and not acknowledged when it is another's.
        bool is_released = false;
        bool is_lost = false;
        /// Somebody ended it by the API.
        bool is_cancelled = false;
        /// An earlier session of the same call is still leaving its host.
        bool awaits_end = false;
    };
    /// What there is to know before a call can be held.
    enum class Next : std::uint8_t { join, over, gone, give_back };

    [[nodiscard]] TakeRequest take_request() const;
    [[nodiscard]] Task<void> take_jobs();
    [[nodiscard]] Task<void> renew_leases();
    [[nodiscard]] Task<void> reap_leases();

    /// Shows from the start, at 0, what is counted rarely: a worker that hands over ends soon, and
    /// a rate needs a sample before the first event.
    static void show_figures();

    // worker_calls.cpp: one call. The pointers are to the order of hold(), which awaits them.
    [[nodiscard]] Task<void> hold(LeaseKey key);
    [[nodiscard]] Task<Result<bool, JoinError>> try_join(LeaseKey key, RoomOrder* order);
    [[nodiscard]] Task<Next> prepare(LeaseKey key, RoomOrder* order);
    [[nodiscard]] Task<Next> load_record(LeaseKey key, RoomOrder* order);
    [[nodiscard]] Task<Next> load_snapshot(LeaseKey key, RoomOrder* order);
    [[nodiscard]] Task<Next> load_plan(LeaseKey key, RoomOrder* order);
    [[nodiscard]] Task<void> finish(LeaseKey key);
    [[nodiscard]] Task<void> give_back(LeaseKey key, bool counts);
    [[nodiscard]] Task<void> end_unheld(LeaseKey key, core::EndReason reason);
    [[nodiscard]] Task<void> end_held(CallId id);
    [[nodiscard]] Task<void> close_room(LeaseKey key);
    [[nodiscard]] Task<void> on_join_refused(LeaseKey key, JoinError error);
    [[nodiscard]] Task<bool> fail_call(TenantId tenant, CallId id, std::uint64_t token,
                                       core::EndReason reason);
    [[nodiscard]] DeadCallParts dead_call_parts();
    [[nodiscard]] Task<void> hand_over(LeaseKey key);
    [[nodiscard]] Task<bool> wait_until_empty(nanoseconds timeout);
    [[nodiscard]] Task<bool> pause(milliseconds duration);
    /// `asked_at`: when the lease was asked for.
    void begin(Lease lease, Instant asked_at, std::optional<RoomJoin> join,
               std::optional<core::EndReason> refusal = std::nullopt);
    [[nodiscard]] Task<Result<bool, HoldError>> write_row(core::CallRecord record, LeaseKey key);
    void refuse(RoomOrder& order, core::EndReason reason) const;
    [[nodiscard]] Instant certain_until(Instant asked_at) const {
        return asked_at + options_.lease_duration - options_.lease_margin;
    }
    void note_renewed(const std::vector<Lease>& asked, Instant asked_at,
                      const std::vector<CallId>& stale);
    void lose(const CallId& id);
    void cancel(const CallId& id);
    [[nodiscard]] Held* find(const CallId& id);
    /// The lease, as long as it is this one and not lost.
    [[nodiscard]] Held* find(const LeaseKey& key);
    void drop(const LeaseKey& key);

    WorkerOptions options_;
    Parts parts_;
    bool is_draining_ = false;
    bool is_taking_ = false;
    std::map<CallId, Held> held_;
    /// Woken when a lease goes, or what is known of one changes, for those who wait for that.
    runtime::WakeList changed_;
    std::vector<LoadGuard> guards_;
    bool was_slow_ = false;
    runtime::TaskScope scope_;
};

}  // namespace studio::services
