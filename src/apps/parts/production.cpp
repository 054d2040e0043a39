#include "apps/parts/production.hpp"

#include <utility>

#include "services/operations/metric_sampler.hpp"

namespace studio::apps {

adapters::LivekitApiOptions livekit_api_options(const LivekitOptions& config) {
    adapters::LivekitApiOptions options;
    options.url = config.url;
    options.public_url = config.public_url;
    options.key = {config.api_key, config.api_secret};
    options.outbound_trunk_id = config.outbound_trunk;
    return options;
}

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
    adapters::PostgresOptions postgres;
    postgres.url = database.url;
    for (const std::string& error : validate(postgres)) {
        return fail("DATABASE_URL: " + error);
    }
    auto redis_options = adapters::parse_redis_url(redis.url.reveal());
    if (!redis_options) {
        return fail("REDIS_URL: " + redis_options.error());
    }
    redis_options->sentinel_password = redis.sentinel_password;
    redis_options->ca_file = redis.ca_file;
    if (const std::string wrong = validate(*redis_options); !wrong.empty()) {
        return fail("REDIS_CA_FILE: " + wrong);
    }
    const adapters::LivekitApiOptions api = livekit_api_options(livekit);
    for (const std::string& error : validate(api)) {
        return fail("LIVEKIT_URL: " + error);
    }
    redis_options_ = std::move(*redis_options);
    database_ = std::make_unique<adapters::PostgresDatabase>(std::move(postgres), database_pool_);
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
