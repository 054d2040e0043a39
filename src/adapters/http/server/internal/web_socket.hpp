#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstddef>

#include "adapters/http/server/internal/header_fields.hpp"
#include "adapters/http/server/upgrade.hpp"
#include "base/time.hpp"
#include "runtime/asio_loop.hpp"

namespace studio::adapters::http {

/// One WebSocket, from the handshake to its close.
struct WebSocketParts {
    boost::asio::ip::tcp::socket socket;
    RequestMessage request;
    runtime::AsioLoop& loop;
    std::size_t message_bytes_max = 1U << 20U;
    /// Nothing heard for so long, pings included, is a client that is gone.
    milliseconds idle_timeout{60'000};
    milliseconds close_timeout{5'000};
    /// How long the client may take to make room for a message.
    milliseconds write_timeout{20'000};
};

/// Whether a request asks for a WebSocket as RFC 6455, section 4.2.1, says it must.
[[nodiscard]] bool is_web_socket_request(const RequestMessage& message);

/// Shakes hands, runs the work, closes. `stop` closes it with 1001 (going away).
[[nodiscard]] Task<void> run_web_socket(WebSocketParts parts, UpgradeWork work,
                                        runtime::CancellationToken stop);

}  // namespace studio::adapters::http
