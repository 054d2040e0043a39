#pragma once

#include <string>

#include "adapters/curl/curl_http_client.hpp"
#include "apps/config/option_groups.hpp"
#include "apps/doctor/finding.hpp"
#include "base/task.hpp"
#include "runtime/asio_loop.hpp"
#include "runtime/blocking_pool.hpp"

namespace studio::apps {

// Each asks one service, for some seconds at most. On the loop, which outlives the task, as does
// what else is given.

/// Precondition of all: what the option names is set.
[[nodiscard]] Task<Findings> check_database(runtime::AsioLoop& loop, runtime::BlockingPool& pool,
                                            const DatabaseOptions& config);
[[nodiscard]] Task<Findings> check_redis(runtime::AsioLoop& loop, const RedisOptions& config);
/// The server, what callers are told of it, and its telephone lines.
[[nodiscard]] Task<Findings> check_livekit(runtime::AsioLoop& loop, HttpClient& http,
                                           const LivekitOptions& config);
/// A running API server or `serve`.
[[nodiscard]] Task<Findings> check_server(HttpClient& http, std::string url,
                                          const OperatorOptions& config);

/// What Redis must be set to, by its own words; empty words are not known. Pure.
struct RedisFacts {
    std::string version;
    std::string role;
    std::string eviction;
    /// `1` where every write is kept (AOF).
    std::string appends;
};
[[nodiscard]] Findings judge(const RedisFacts& facts);

/// The value of `name` in the answer to INFO; empty where it is not there. Pure.
[[nodiscard]] std::string info_field(std::string_view info, std::string_view name);

/// What `/health` of a server says. Pure.
[[nodiscard]] Findings judge_health(const std::string& url, int status, const std::string& body);

}  // namespace studio::apps
