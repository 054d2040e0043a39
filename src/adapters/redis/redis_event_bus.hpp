#pragma once

#include <cstddef>
#include <string>

#include "adapters/redis/redis_client.hpp"
#include "ports/event_bus.hpp"

namespace studio::adapters {

struct RedisEventBusOptions {
    /// Before every channel; production leaves it empty.
    std::string key_prefix{};
    /// A larger event is not sent.
    std::size_t event_bytes_max = 262'144;
};

/// The event bus over Redis's channels, `call-events:<tenant>`: each message is one event as a JSON
/// object. One object per loop, on the client's loop only.
class RedisEventBus final : public EventBus {
public:
    explicit RedisEventBus(RedisClient& client, RedisEventBusOptions options = {});

    [[nodiscard]] Task<Result<bool, BusError>> publish(CallEvent event) override;

private:
    RedisClient& client_;
    RedisEventBusOptions options_;
};

}  // namespace studio::adapters
