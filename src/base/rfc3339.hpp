#pragma once

#include <optional>
#include <string_view>

#include "base/time.hpp"

namespace studio {

/// A moment as RFC 3339 (section 5.6) writes it, `2026-11-28T10:30:00.5+01:00`, or a date alone,
/// which is its midnight in UTC. Years 1970 to 9999; digits beyond milliseconds are passed over, a
/// leap second is the one after it. Nothing for any other text.
[[nodiscard]] std::optional<WallTime> parse_rfc3339(std::string_view text);

}  // namespace studio
