#include "apps/parts/production.hpp"

#include <utility>

#include "services/operations/metric_sampler.hpp"

namespace studio::apps {

AdmissionLimits admission_limits(const LimitOptions& limits) {
    return {.tenant_calls_max = limits.tenant_calls_max,
            .agent_calls_max = limits.agent_calls_max,
            .waiting_max = limits.waiting_max,
            .oldest_age_max = limits.waiting_age_max};
}

Production::Production(runtime::AsioLoop& loop, const DatabaseOptions& database,
                       std::size_t statements_waiting_max)
    : loop_(loop),
      database_pool_({.name = "database",
                      .threads = database.connections_max,
                      .queue_max = statements_waiting_max}),
      http_client_(loop) {}

Result<bool, std::string> Production::open(const DatabaseOptions& database,
                                           const RedisOptions& redis,
                                           const LivekitOptions& livekit) {
    auto postgres = postgres_options(database.url);
    if (!postgres) {
        return fail(postgres.error());
    }
    auto redis_found = apps::redis_options(redis);
    if (!redis_found) {
        return fail(redis_found.error());
    }
    const adapters::LivekitApiOptions api = livekit_api_options(livekit);
    for (const std::string& error : validate(api)) {
        return fail("LIVEKIT_URL: " + error);
    }
    redis_options_ = std::move(*redis_found);
    database_ = std::make_unique<adapters::PostgresDatabase>(std::move(*postgres), database_pool_);
    stores_ = std::make_unique<Stores>(*database_, loop_);
    redis_ = std::make_unique<adapters::RedisClient>(loop_, redis_options_);
    queue_ = std::make_unique<adapters::RedisJobQueue>(*redis_);
    rooms_ = std::make_unique<adapters::LivekitRoomControl>(loop_, http_client_, api);
    return true;
}

void Production::add_livekit_to(services::Health& health) {
    health.add("livekit", false, [this] { return services::answers(*rooms_); });
}

}  // namespace studio::apps
