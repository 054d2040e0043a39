#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "base/interface.hpp"
#include "ports/web_socket.hpp"
#include "protocol/net/address_policy.hpp"

namespace studio::adapters {

struct ConnectionOptions {
    bool is_tls = true;
    std::string host;
    std::string port;
    /// Path and query.
    std::string target;
    /// Limits, deadlines and headers; its URL is already taken apart.
    WebSocketRequest request;
    /// Which of the host's addresses may be connected to.
    net::AddressPolicy addresses = net::AddressPolicy::everything();
    std::string address_option = "";
    /// Needed for TLS; shared by the connections of a client.
    std::shared_ptr<boost::asio::ssl::context> tls;
};

/// Told on the loop, never from inside a call to the connection.
class ConnectionListener : public Interface {
public:
    virtual void on_open() = 0;
    virtual void on_message(std::string_view bytes, WebSocketMessage kind) = 0;
    /// The last write has been handed to the kernel; the next may follow.
    virtual void on_written() = 0;
    /// The last event.
    virtual void on_end(const WebSocketEnd& end) = 0;
};

/// Hides whether TLS is below a WebSocket. Handlers of the loop keep it alive; after close() they
/// tell nobody.
class Connection : public Interface {
public:
    virtual void open(ConnectionOptions options, ConnectionListener& listener) = 0;
    /// One message at a time: the next only after on_written(). `bytes` stay in place until then
    /// or, once close() was called, as long as `keeps_alive` lives.
    virtual void write(std::string_view bytes, WebSocketMessage kind,
                       std::shared_ptr<void> keeps_alive) = 0;
    /// Says goodbye where that is possible, within the connect timeout. No event comes afterwards.
    virtual void close() = 0;
};

[[nodiscard]] std::shared_ptr<Connection> make_connection(boost::asio::io_context& context,
                                                          const ConnectionOptions& options);

}  // namespace studio::adapters
