#include "core/webhook/retry_schedule.hpp"

#include <algorithm>

namespace studio::core {

namespace {

constexpr int quick_attempts = 5;
/// 2^6 minutes are more than the hour at which the pauses stop to grow.
constexpr int doublings_max = 6;
constexpr milliseconds longest_pause = std::chrono::hours(1);

}  // namespace

std::optional<milliseconds> webhook_pause(int attempt, int attempts_max, std::uint64_t draw) {
    if (attempt < 1 || attempt >= attempts_max) {
        return std::nullopt;
    }
    if (attempt <= quick_attempts) {
        return seconds(1U << static_cast<unsigned>(attempt - 1));
    }
    const int doublings = std::min(attempt - quick_attempts - 1, doublings_max);
    const milliseconds pause = std::min<milliseconds>(
        std::chrono::minutes(1U << static_cast<unsigned>(doublings)), longest_pause);
    const auto tenth = static_cast<std::uint64_t>(pause.count() / 10);
    return pause + milliseconds(static_cast<std::int64_t>(draw % (tenth + 1)));
}

}  // namespace studio::core
