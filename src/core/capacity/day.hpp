#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace studio::core {

inline constexpr std::size_t minutes_of_a_day = 1'440;
/// Five weeks: what a seasonal forecast can use, and a bound for what is read.
inline constexpr std::size_t recorded_minutes_max = 35 * minutes_of_a_day;
/// Calls of one minute; more is a mistake of the file.
inline constexpr unsigned arrivals_max = 100'000;

/// What happened, minute by minute from a midnight on; several days are one after the other.
struct RecordedDays {
    /// Calls that began in each minute; minutes that the record leaves out have none.
    std::vector<unsigned> arrivals;
    /// Mean length of the calls of each minute; 0 where it is not known.
    std::vector<seconds> holding;

    /// Of all calls whose length is known, weighted; `otherwise` where none is.
    [[nodiscard]] seconds mean_holding(seconds otherwise) const;
    /// Mean calls at once in the busiest 60 minutes, by Little's law.
    [[nodiscard]] double busiest_hour_load(seconds holding_otherwise) const;
};

/// Reads lines `minute,arrivals[,holding_seconds]`, the first of which may be these words. A minute
/// is `HH:MM` or a whole number from 0 on; they ascend. `#` begins a comment. The error is a
/// sentence that names the line and does not show it.
[[nodiscard]] Result<RecordedDays, std::string> parse_days(std::string_view text);

/// `08:05` of minute 485; of a later day the same.
[[nodiscard]] std::string clock_of(std::size_t minute);

}  // namespace studio::core
