#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/sensitive.hpp"
#include "base/time.hpp"

namespace studio::adapters {

/// Where a server listens.
struct RedisAddress {
    /// A name or an address, without brackets.
    std::string host;
    std::uint16_t port = 0;

    [[nodiscard]] friend bool operator==(const RedisAddress&, const RedisAddress&) = default;
};

/// Where Redis is and what its client may cost.
struct RedisOptions {
    /// Of the server; not used where Sentinels name it.
    std::string host = "127.0.0.1";
    std::uint16_t port = 6'379;
    /// Where not empty: who is asked for the address of `master` before each connection, one after
    /// the other until one knows.
    std::vector<RedisAddress> sentinels;
    /// Under which name the Sentinels watch it.
    std::string master;
    /// Of the Sentinels themselves; empty where they ask for none.
    Secret<std::string> sentinel_password;
    /// Every connection, those to Sentinels too, by TLS 1.2 or newer: the certificate must be
    /// signed by the authority and hold the name or address that was connected to.
    bool is_encrypted = false;
    /// PEM file of the authority; empty: those that this machine trusts.
    std::string ca_file;
    /// Empty for the default user.
    std::string username;
    /// Empty where Redis asks for none.
    Secret<std::string> password;
    std::uint32_t database = 0;
    /// The Sentinel's answer, name, connection, TLS and greeting together.
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

/// Reads `redis://[[user]:password@]host[:port][/database]` and
/// `redis+sentinel://[[user]:password@]host[:port][,host[:port]…]/master[/database]`, where the
/// hosts are Sentinels (port 26379 by default), at most 16, and user and password those of the
/// master. `rediss` instead of `redis` asks for TLS. Escapes by % in user, password and master. The
/// error is a sentence that shows nothing of the URL.
[[nodiscard]] Result<RedisOptions, std::string> parse_redis_url(std::string_view url);

/// What is wrong with the options beyond the URL, as one sentence: a CA file that cannot be read.
/// Empty where all is well. Reads the file.
[[nodiscard]] std::string validate(const RedisOptions& options);

}  // namespace studio::adapters
