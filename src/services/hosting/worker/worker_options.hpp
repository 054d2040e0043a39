#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "ports/call_journal.hpp"
#include "ports/call_store.hpp"
#include "ports/job_queue.hpp"
#include "ports/resource_store.hpp"
#include "ports/room_control.hpp"
#include "runtime/loop.hpp"
#include "services/hosting/host/dispatcher.hpp"
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
    /// Of one request for a job; also after which a full worker looks again at the latest, which is
    /// woken when it has room.
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

/// What a worker borrows, all of which outlives it.
struct WorkerParts {
    runtime::Loop& loop;
    JobQueue& queue;
    CallJournal& journal;
    CallStore& calls;
    ResourceStore& resources;
    Dispatcher& dispatcher;
    /// Closes the rooms that were made for a call, at its end; nullptr: they stay.
    RoomControl* rooms = nullptr;
};

}  // namespace studio::services
