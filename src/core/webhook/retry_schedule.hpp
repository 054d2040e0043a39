#pragma once

#include <cstdint>
#include <optional>

#include "base/time.hpp"

namespace studio::core {

/// Attempts that go on for about a day: one, five within half a minute, seven within the next two
/// hours, then one an hour.
inline constexpr int webhook_attempts_max = 35;

/// How long after attempt number `attempt` (from 1) has failed the next one is made; nothing where
/// there is none: 1, 2, 4, 8, 16 s, then 1, 2, 4 … minutes up to an hour. Pauses of minutes are up
/// to a tenth longer, by `draw`, so that what failed together does not come back together.
[[nodiscard]] std::optional<milliseconds> webhook_pause(int attempt, int attempts_max,
                                                        std::uint64_t draw);

}  // namespace studio::core
