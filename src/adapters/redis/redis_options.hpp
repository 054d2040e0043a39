#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/sensitive.hpp"
#include "base/time.hpp"

namespace studio::adapters {

/// Where Redis is and what its client may cost.
struct RedisOptions {
    std::string host = "127.0.0.1";
    std::uint16_t port = 6'379;
    /// Empty for the default user.
    std::string username;
    /// Empty where Redis asks for none.
    Secret<std::string> password;
    std::uint32_t database = 0;
    /// Name, connection and greeting together.
    milliseconds connect_timeout{1'000};
    /// From the call to the answer. Less than a lease, so that a lost renewal can be repeated.
    milliseconds command_timeout{1'000};
    /// Between attempts to connect, doubling from one to the other. The first follows at once.
    milliseconds reconnect_delay_min{50};
    milliseconds reconnect_delay_max{1'000};
    /// Commands without an answer; further ones are refused.
    std::size_t commands_max = 4'096;
    /// Bytes that wait to be sent, and bytes of one answer.
    std::size_t buffer_bytes_max = 32U * 1'048'576U;
};

/// Reads `redis://[[user]:password@]host[:port][/database]`; escapes by % in user and password. TLS
/// (`rediss://`) is refused: the connection belongs into a private network. The error is a sentence
/// that shows nothing of the URL.
[[nodiscard]] Result<RedisOptions, std::string> parse_redis_url(std::string_view url);

}  // namespace studio::adapters
