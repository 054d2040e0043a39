#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "adapters/curl/curl_http_client.hpp"
#include "adapters/livekit_api/livekit_room_control.hpp"
#include "adapters/postgres/postgres_database.hpp"
#include "adapters/redis/redis_job_queue.hpp"
#include "apps/config/option_groups.hpp"
#include "apps/connections/connections.hpp"
#include "apps/parts/stores.hpp"
#include "ports/job_queue.hpp"
#include "runtime/asio_loop.hpp"
#include "runtime/blocking_pool.hpp"
#include "services/operations/health.hpp"

namespace studio::apps {

[[nodiscard]] AdmissionLimits admission_limits(const LimitOptions& limits);

/// The outside systems of the production commands: PostgreSQL, Redis and LiveKit, as the loop of
/// the use cases reaches them. Any may be away, at the start, too.
class Production {
public:
    /// `statements_waiting_max`: for a connection; beyond it statements are refused.
    Production(runtime::AsioLoop& loop, const DatabaseOptions& database,
               std::size_t statements_waiting_max);

    /// Checks what can be checked without a network; before anything else is used. The error is one
    /// line for people.
    [[nodiscard]] Result<bool, std::string> open(const DatabaseOptions& database,
                                                 const RedisOptions& redis,
                                                 const LivekitOptions& livekit);
    /// Stops the threads of the database; last, while the loop still exists.
    void close() { database_pool_.stop(); }

    /// LiveKit may be away for a while: calls go on.
    void add_livekit_to(services::Health& health);

    [[nodiscard]] adapters::PostgresDatabase& database() { return *database_; }
    [[nodiscard]] Stores& stores() { return *stores_; }
    [[nodiscard]] adapters::RedisClient& redis() { return *redis_; }
    [[nodiscard]] adapters::RedisJobQueue& queue() { return *queue_; }
    [[nodiscard]] adapters::LivekitRoomControl& rooms() { return *rooms_; }
    /// For clients of other loops.
    [[nodiscard]] const adapters::RedisOptions& redis_options() const { return redis_options_; }

private:
    runtime::AsioLoop& loop_;
    runtime::BlockingPool database_pool_;
    adapters::CurlHttpClient http_client_;
    adapters::RedisOptions redis_options_;
    std::unique_ptr<adapters::PostgresDatabase> database_;
    std::unique_ptr<Stores> stores_;
    std::unique_ptr<adapters::RedisClient> redis_;
    std::unique_ptr<adapters::RedisJobQueue> queue_;
    std::unique_ptr<adapters::LivekitRoomControl> rooms_;
};

}  // namespace studio::apps
