#pragma once

#include <memory>
#include <string>

#include "ports/web_socket.hpp"
#include "runtime/asio_loop.hpp"

namespace studio::adapters {

struct BeastWebSocketOptions {
    /// PEM file of trusted authorities; empty means the system's.
    std::string ca_file;
};

/// WebSockets over Boost.Beast, plain and under TLS with the server's certificate and name checked.
/// Without compression. Loop thread only.
class BeastWebSocketClient final : public WebSocketClient {
public:
    /// The loop outlives the client and its sockets.
    explicit BeastWebSocketClient(runtime::AsioLoop& loop,
                                  const BeastWebSocketOptions& options = {});
    ~BeastWebSocketClient() override;

    [[nodiscard]] std::unique_ptr<WebSocket> open(WebSocketRequest request,
                                                  WebSocketListener& listener) override;

private:
    struct Tls;

    runtime::AsioLoop& loop_;
    std::unique_ptr<Tls> tls_;
};

}  // namespace studio::adapters
