#pragma once

#include <memory>
#include <string>

#include "ports/web_socket.hpp"
#include "protocol/net/address_policy.hpp"
#include "runtime/asio_loop.hpp"

namespace studio::adapters {

struct BeastWebSocketOptions {
    /// PEM file of trusted authorities; empty means the system's.
    std::string ca_file;
    /// Where sockets may go whose URL is not the operator's (WebSocketRequest::is_operator_url),
    /// whatever their host's name says. Looked at when a name has been resolved; only what is
    /// allowed is connected to.
    net::AddressPolicy addresses = net::AddressPolicy::everything();
    /// The option by which the operator allows an address, for the log line of a refusal.
    std::string address_option = "";
};

/// WebSockets over Boost.Beast, plain and under TLS with the server's certificate and name checked.
/// Without compression. Loop thread only.
class BeastWebSocketClient final : public WebSocketClient {
public:
    /// The loop outlives the client and its sockets.
    explicit BeastWebSocketClient(runtime::AsioLoop& loop, BeastWebSocketOptions options = {});
    ~BeastWebSocketClient() override;

    [[nodiscard]] std::unique_ptr<WebSocket> open(WebSocketRequest request,
                                                  WebSocketListener& listener) override;

private:
    struct Tls;

    runtime::AsioLoop& loop_;
    BeastWebSocketOptions options_;
    std::unique_ptr<Tls> tls_;
};

}  // namespace studio::adapters
