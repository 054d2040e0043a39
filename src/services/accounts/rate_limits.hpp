#pragma once

#include <optional>
#include <string>

#include "base/metric.hpp"
#include "ports/rate_counter.hpp"
#include "runtime/loop.hpp"
#include "services/accounts/principal.hpp"

namespace studio::services {

/// How a request stands to its key's limit.
struct RateVerdict {
    bool is_admitted = true;
    /// Requests in a minute, and those of them that are left in this one.
    unsigned limit = 0;
    unsigned remaining = 0;
    /// When the next minute begins, as a moment and as a duration.
    WallTime reset_at{};
    milliseconds left{0};
};

struct RateLimitsOptions {
    /// Requests a minute of a key that has no limit of its own; 0 for none.
    unsigned per_minute = 0;
    /// After the counter was away, requests go on unasked for so long, so that they do not all wait
    /// for its deadline.
    milliseconds away_pause{1'000};
};

/// Bounds the requests of each key. A minute begins with a key's first request and ends 60 s later;
/// a request beyond the limit is refused until then. While the counter is away requests go on: a
/// limit protects from a flood, and is no reason to answer nobody. On one loop; the counter
/// outlives it.
///
/// Metrics: studio_rate_limited_total, studio_rate_limit_skipped_total.
class RateLimits {
public:
    RateLimits(RateLimitsOptions options, RateCounter& counter, runtime::Loop& loop);

    /// Counts a request. Nothing where the key has no limit, or the counter is away.
    [[nodiscard]] Task<std::optional<RateVerdict>> take(const Principal& principal);

private:
    [[nodiscard]] Task<std::optional<RateVerdict>> count(std::string name, unsigned limit);

    RateLimitsOptions options_;
    RateCounter& counter_;
    runtime::Loop& loop_;
    // Until when the counter is not asked.
    Instant away_until_{};
    Counter& refused_;
    Counter& skipped_;
};

}  // namespace studio::services
