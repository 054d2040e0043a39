#pragma once

#include <cstdint>

#include "base/time.hpp"
#include "core/capacity/day.hpp"
#include "core/capacity/policy.hpp"

namespace studio::core {

/// How the fleet behaves that a policy steers.
struct ReplayOptions {
    unsigned calls_per_worker = 10;
    /// At the beginning of the day.
    unsigned workers = 2;
    /// From the wish to a worker that takes calls.
    seconds start_delay{30};
    /// Between two questions to the policy: a horizontal autoscaler's period.
    seconds interval{15};
    /// Workers go when nobody wished for them for so long.
    seconds scale_in_window{300};
    /// A worker that is to go gives its calls to others; what finds no place there for so long is
    /// cut off.
    seconds grace{120};
    /// Callers hang up after a wait that is exponential with this mean.
    seconds patience{30};
    /// Where the record does not know it.
    seconds holding{180};
    std::uint64_t seed = 1;
};

/// What became of the calls.
struct ReplayResult {
    std::uint64_t calls = 0;
    /// Hung up while they waited.
    std::uint64_t lost = 0;
    /// Cut off in the middle, since their worker had to go and no other had a place.
    std::uint64_t cut = 0;
    /// Of those that were taken.
    double mean_wait_seconds = 0.0;
    seconds wait_p95{0};
    seconds wait_p99{0};
    seconds wait_max{0};
    double worker_hours = 0.0;
    unsigned most_workers = 0;
    unsigned most_calls = 0;
};

/// Replays the last `minutes` of the record under a policy, second by second; what is before them
/// is what the policy knows of earlier days. Calls of a minute begin at random seconds of it and
/// last by chance (exponentially), from the seed: the same each time.
[[nodiscard]] ReplayResult replay_day(const RecordedDays& record, std::size_t minutes,
                                      ScalingPolicy& policy, const ReplayOptions& options);

}  // namespace studio::core
