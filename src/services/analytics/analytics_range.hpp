#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "core/agent/field_error.hpp"
#include "core/analytics/time_span.hpp"
#include "ports/analytics_store.hpp"

namespace studio::services {

/// Which time somebody asks about: a period up to now, or two moments, of which either may be left
/// out.
struct AskedRange {
    /// `1h`, `24h`, `7d` or `30d`; empty for none.
    std::string_view period{};
    std::optional<WallTime> after{};
    std::optional<WallTime> before{};
};

/// The longest range: a leap year and a month.
inline constexpr std::chrono::days range_max{397};
/// Steps that an answer about volume has at most.
inline constexpr std::size_t steps_max = 24 * 32;

/// Whole hours in UTC that hold what was asked for; without anything the last 24 hours. Where only
/// the end is given, 24 hours before it; where only the beginning, until now. The error names the
/// fields that are wrong: a period beside moments, an end that is not after the beginning, more
/// than range_max.
[[nodiscard]] Result<AnalyticsRange, std::vector<core::FieldError>> resolve_range(
    const AskedRange& asked, WallTime now);

}  // namespace studio::services
