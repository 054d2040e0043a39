#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/redis/redis_options.hpp"
#include "adapters/redis/redis_value.hpp"

namespace studio::adapters {

/// Whether it can be the name or the address of a server: not empty, at most 253 bytes, nothing of
/// a URL's marks, no blank.
[[nodiscard]] bool is_redis_host(std::string_view host);

/// What a Sentinel is asked: where the master of that name is.
/// https://redis.io/docs/latest/develop/reference/sentinel-clients/
[[nodiscard]] std::vector<std::string> master_question(const std::string& master);
/// The address in its answer, an array of host and port; nothing where it does not know the master
/// or answers nonsense.
[[nodiscard]] std::optional<RedisAddress> read_master_address(const RedisValue& answer);

}  // namespace studio::adapters
