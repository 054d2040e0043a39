#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "adapters/http/server/api_message.hpp"
#include "base/entropy.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "runtime/asio_loop.hpp"
#include "services/accounts/accounts.hpp"
#include "services/accounts/rate_limits.hpp"

namespace studio::adapters {

/// Limits and place of the HTTP server.
struct HttpServerOptions {
    std::string address = "0.0.0.0";
    /// 0 lets the kernel choose.
    std::uint16_t port = 8'000;
    std::size_t connections_max = 1'024;
    /// Request line and fields; beyond it 431.
    std::size_t header_bytes_max = 16U << 10U;
    /// Beyond it 413.
    std::size_t body_bytes_max = 1U << 20U;
    std::size_t sdp_bytes_max = 64U << 10U;
    /// How long a connection may say nothing between requests.
    milliseconds idle_timeout{60'000};
    /// From a request's first byte to the end of its header; later is 408.
    milliseconds header_timeout{10'000};
    /// From the end of the header to the end of the body; later is 408.
    milliseconds body_timeout{20'000};
    milliseconds write_timeout{20'000};
    /// Requests that a connection may make before it is closed.
    std::size_t requests_per_connection_max = 10'000;
    /// How long stop() waits for requests under way.
    milliseconds stop_timeout{5'000};
};

/// What is wrong with the options, one sentence each; empty where all is well.
[[nodiscard]] std::vector<std::string> validate(const HttpServerOptions& options);

/// HTTP/1.1 (RFC 9110, 9112) on one loop: limits, keys and their rates, routing, replies, metrics
/// and the access log, which names routes and not paths, so that nothing personal is in it.
///
///   accept --> idle --first byte--> header --> [key] --> [body] --> handler --> reply --+
///               ^                     | limit, syntax, time                       |     |
///               |                     +----> error reply --> linger --> closed <--+     |
///               +------------------------------- keep-alive ---------------------------+
///
/// Requests of one connection are answered in their order; those sent ahead wait in its buffer.
class HttpServer {
public:
    struct Parts {
        runtime::AsioLoop& loop;
        /// Whose keys open the routes that have a scope; nullptr where no route has one.
        services::Accounts* accounts;
        Entropy& entropy;
        /// How many requests a key may make; nullptr for any number.
        services::RateLimits* limits = nullptr;
    };

    /// Options must be valid.
    HttpServer(HttpServerOptions options, Parts parts, std::vector<Route> routes);
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;
    /// Checks that stop() ended, unless start() failed or never came.
    ~HttpServer();

    /// Takes the port without answering yet: connections wait until start(). The port, or a
    /// sentence for whoever starts the program. Once; on the loop, or before it runs.
    [[nodiscard]] Result<std::uint16_t, std::string> bind();
    /// Answers, after bind() where that was not called yet. The port, or a sentence. On the loop,
    /// or before it runs.
    [[nodiscard]] Result<std::uint16_t, std::string> start();
    /// Stops listening, closes idle connections, lets requests under way finish until stop_timeout,
    /// then cuts them. Once, on the loop.
    [[nodiscard]] Task<void> stop();

    [[nodiscard]] std::size_t connections() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace studio::adapters
