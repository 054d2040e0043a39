#pragma once

#include <memory>
#include <string_view>

#include "adapters/redis/redis_client.hpp"

namespace studio::adapters {

/// A script that was built into the program, by its file's name.
[[nodiscard]] std::shared_ptr<const RedisScript> redis_script(std::string_view name);

}  // namespace studio::adapters
