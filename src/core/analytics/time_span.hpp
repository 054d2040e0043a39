#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/time.hpp"

namespace studio::core {

/// The spans of time by which figures are kept, in UTC; a month is that of the calendar. The
/// numbers are stored.
enum class TimeSpan : std::uint8_t { hour, day, month };

inline constexpr std::array<TimeSpan, 3> time_spans{TimeSpan::hour, TimeSpan::day, TimeSpan::month};

/// When the span begins in which `time` lies.
[[nodiscard]] WallTime begin_of(TimeSpan span, WallTime time);
/// When the next one begins.
[[nodiscard]] WallTime end_of(TimeSpan span, WallTime time);

/// Spans of one kind that follow each other: from `from` until before `to`.
struct SpanRun {
    TimeSpan span = TimeSpan::hour;
    WallTime from{};
    WallTime to{};

    [[nodiscard]] bool operator==(const SpanRun&) const = default;
};

/// Which spans, none greater than `largest`, make up [from, to), with as few as possible: of a year
/// some months, days and hours. Each moment is in exactly one. `from` and `to` are widened to whole
/// spans of `smallest`.
[[nodiscard]] std::vector<SpanRun> cover(WallTime from, WallTime to,
                                         TimeSpan smallest = TimeSpan::hour,
                                         TimeSpan largest = TimeSpan::month);

}  // namespace studio::core
