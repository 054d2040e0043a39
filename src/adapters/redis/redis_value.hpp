#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace studio::adapters {

/// An answer of Redis (RESP2).
struct RedisValue {
    enum class Kind : std::uint8_t { nil, text, integer, array, error };

    Kind kind = Kind::nil;
    /// Of a text, a status or an error.
    std::string text{};
    std::int64_t integer = 0;
    std::vector<RedisValue> elements{};
};

/// Why a command has no answer.
enum class RedisError : std::uint8_t {
    /// Not reached, cut off or too late. Whether it was executed is not known.
    unavailable,
    /// Redis answered with an error (no memory, read-only, no permission). Not executed.
    refused,
};

/// What operators see of the server.
struct RedisStatus {
    std::uint64_t used_memory_bytes = 0;
    /// `maxmemory`; 0 where there is no limit.
    std::uint64_t memory_max_bytes = 0;
};

}  // namespace studio::adapters
