#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace studio {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

/// The clock of the machines. It has no now(): the driver reads time once per loop turn and passes
/// it down, which is what makes simulation and replay exact.
struct MonotonicClock {
    using duration = nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<MonotonicClock>;
    static constexpr bool is_steady = true;
};

/// A moment on the monotonic clock of one process; its origin means nothing.
using Instant = MonotonicClock::time_point;

/// A moment on the civil clock (UTC), for what people and other systems read.
using WallTime = std::chrono::sys_time<milliseconds>;

/// When a machine wants to be driven again; nothing means only when an input comes.
using Deadline = std::optional<Instant>;

/// The earlier of two deadlines, either of which may be absent.
[[nodiscard]] constexpr Deadline earlier(Deadline a, Deadline b) {
    if (!a) {
        return b;
    }
    if (!b) {
        return a;
    }
    return *a < *b ? a : b;
}

/// RFC 3339 in UTC with milliseconds: `2026-11-23T19:22:25.123Z`.
[[nodiscard]] std::string to_rfc3339(WallTime time);

/// Whole milliseconds of a duration, truncated towards zero, for figures that people read.
[[nodiscard]] constexpr std::int64_t to_milliseconds(nanoseconds duration) {
    return duration_cast<milliseconds>(duration).count();
}

}  // namespace studio
