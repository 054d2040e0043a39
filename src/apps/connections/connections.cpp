#include "apps/connections/connections.hpp"

#include <utility>

namespace studio::apps {

Result<adapters::PostgresOptions, std::string> postgres_options(const Secret<std::string>& url) {
    adapters::PostgresOptions options;
    options.url = url;
    for (const std::string& error : validate(options)) {
        return fail("DATABASE_URL: " + error);
    }
    return options;
}

Result<adapters::RedisOptions, std::string> redis_options(const RedisOptions& config) {
    auto options = adapters::parse_redis_url(config.url.reveal());
    if (!options) {
        return fail("REDIS_URL: " + options.error());
    }
    options->sentinel_password = config.sentinel_password;
    options->ca_file = config.ca_file;
    if (const std::string wrong = validate(*options); !wrong.empty()) {
        return fail("REDIS_CA_FILE: " + wrong);
    }
    return std::move(*options);
}

adapters::LivekitApiOptions livekit_api_options(const LivekitOptions& config) {
    adapters::LivekitApiOptions options;
    options.url = config.url;
    options.public_url = config.public_url;
    options.key = {config.api_key, config.api_secret};
    options.outbound_trunk_id = config.outbound_trunk;
    return options;
}

}  // namespace studio::apps
