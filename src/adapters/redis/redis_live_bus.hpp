#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "adapters/redis/redis_client.hpp"
#include "ports/live_bus.hpp"
#include "runtime/task_scope.hpp"

namespace studio::adapters {

struct RedisLiveBusOptions {
    /// Before every key and channel; production leaves it empty.
    std::string key_prefix{};
    /// Events of one tenant that are kept to be read again, at least; Redis forgets them by the
    /// hundred. And how long after the last one.
    std::size_t kept_max = 1'000;
    seconds kept{3'600};
    /// A larger event is dropped.
    std::size_t event_bytes_max = 32'768;
    /// Events of this sink that Redis has not confirmed; beyond it they are dropped, so that a slow
    /// Redis holds no call up and fills no memory.
    std::size_t under_way_max = 1'000;
};

/// Live events over Redis: a stream for each tenant (`live-events:<tenant>`), which keeps the last
/// ones and gives the ids, and a channel of the same name. One object per loop, on the client's
/// loop only; the client outlives it. Either side may be used alone.
///
/// Metrics: studio_live_events_total, studio_live_events_dropped_total.
class RedisLiveBus final : public LiveSink, public LiveSource {
public:
    explicit RedisLiveBus(RedisClient& client, RedisLiveBusOptions options = {});

    void publish(TenantId tenant, LiveEvent event) override;
    [[nodiscard]] std::unique_ptr<LiveChannel> listen(TenantId tenant,
                                                      LiveListener& listener) override;
    [[nodiscard]] Task<Result<LiveHistory, LiveError>> history(TenantId tenant,
                                                               std::optional<LiveId> after,
                                                               std::size_t count_max) override;
    /// Waits for what is under way, which ends at Redis's deadline. Once, at the end.
    [[nodiscard]] Task<void> close() { return scope_.close(); }

private:
    [[nodiscard]] Task<void> send(std::string key, std::string text);

    RedisClient& client_;
    RedisLiveBusOptions options_;
    std::shared_ptr<const RedisScript> script_;
    runtime::TaskScope scope_;
};

}  // namespace studio::adapters
