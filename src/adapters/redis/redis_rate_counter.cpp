#include "adapters/redis/redis_rate_counter.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "adapters/redis/internal/redis_scripts.hpp"

namespace studio::adapters {

RedisRateCounter::RedisRateCounter(RedisClient& client, std::string key_prefix)
    : client_(client),
      key_prefix_(std::move(key_prefix)),
      script_(redis_script("rate_count.lua")) {}

Task<Result<RateCount, RateCounterError>> RedisRateCounter::count(std::string name,
                                                                  milliseconds window) {
    std::vector<std::string> arguments{key_prefix_ + "rate:" + name,
                                       std::to_string(window.count())};
    const auto answer = co_await client_.run_script(script_, 1, std::move(arguments));
    if (!answer || answer->elements.size() != 2) {
        co_return fail(RateCounterError::unavailable);
    }
    const std::int64_t count = answer->elements[0].integer;
    const std::int64_t left = answer->elements[1].integer;
    RateCount counted{static_cast<std::uint64_t>(std::max<std::int64_t>(1, count)),
                      milliseconds{std::max<std::int64_t>(1, left)}};
    co_return counted;
}

}  // namespace studio::adapters
