#pragma once

#include <string>

#include "adapters/livekit_api/twirp_client.hpp"
#include "adapters/postgres/postgres_database.hpp"
#include "adapters/redis/redis_options.hpp"
#include "apps/config/option_groups.hpp"
#include "base/result.hpp"

namespace studio::apps {

// The options of the commands as those of the adapters. Nothing is connected; an error is one line
// for people that names the variable.

[[nodiscard]] Result<adapters::PostgresOptions, std::string> postgres_options(
    const Secret<std::string>& url);
/// Reads the CA file, where one is named.
[[nodiscard]] Result<adapters::RedisOptions, std::string> redis_options(const RedisOptions& config);
/// Not validated.
[[nodiscard]] adapters::LivekitApiOptions livekit_api_options(const LivekitOptions& config);

}  // namespace studio::apps
