#pragma once

#include <optional>
#include <string_view>

#include "base/time.hpp"

namespace studio {

/// Reads an RFC 3339 moment with any offset: `2026-11-23T20:22:25.5+01:00`. Digits beyond the
/// milliseconds are cut off; a leap second (`:60`) is the next one. Nothing where the text is no
/// moment or lies before 1970 or after 9999.
[[nodiscard]] std::optional<WallTime> parse_rfc3339(std::string_view text);

}  // namespace studio
