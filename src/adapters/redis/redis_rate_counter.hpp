#pragma once

#include <memory>
#include <string>

#include "adapters/redis/redis_client.hpp"
#include "ports/rate_counter.hpp"

namespace studio::adapters {

/// Counts for all servers that share a Redis, as `rate:<name>`. On the client's loop only.
class RedisRateCounter final : public RateCounter {
public:
    /// `key_prefix`: before every name; production leaves it empty.
    explicit RedisRateCounter(RedisClient& client, std::string key_prefix = {});

    [[nodiscard]] Task<Result<RateCount, RateCounterError>> count(std::string name,
                                                                  milliseconds window) override;

private:
    RedisClient& client_;
    std::string key_prefix_;
    std::shared_ptr<const RedisScript> script_;
};

}  // namespace studio::adapters
