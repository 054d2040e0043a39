#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/interface.hpp"
#include "base/time.hpp"

namespace studio::adapters {

enum class WebSocketError : std::uint8_t {
    /// Names, TCP, TLS, a cut, a close by the server.
    unavailable,
    timed_out,
    /// A message beyond its limit, or no WebSocket at all.
    malformed,
};

struct WebSocketOptions {
    bool is_tls = true;
    std::string host;
    std::string port;
    /// Path and query.
    std::string target;
    /// The value of the Authorization header; empty means none.
    std::string authorization;
    milliseconds connect_timeout{5'000};
    std::size_t message_bytes_max = 256U * 1024U;
    /// Needed for TLS; shared by the streams of a loop.
    std::shared_ptr<boost::asio::ssl::context> tls;
};

/// Told on the loop, never from inside a call to the socket.
class WebSocketListener : public Interface {
public:
    virtual void on_open() = 0;
    /// The server refused the handshake with this HTTP status. The last event.
    virtual void on_refused(int status) = 0;
    virtual void on_message(std::string_view text) = 0;
    /// The last write has been handed to the kernel; the next may follow.
    virtual void on_written() = 0;
    /// The last event. `close_code` is the server's (RFC 6455, section 7.4), or 0.
    virtual void on_closed(WebSocketError error, std::uint16_t close_code) = 0;
};

/// A WebSocket client (RFC 6455) that hides whether TLS is below it. Handlers of the loop keep it
/// alive; after close() they tell nobody.
class WebSocket : public Interface {
public:
    virtual void open(WebSocketOptions options, WebSocketListener& listener) = 0;
    /// One message at a time: the next only after on_written(). `bytes` stay in place until then
    /// or, once close() was called, as long as `keeps_alive` lives.
    virtual void write(std::string_view bytes, bool is_text, std::shared_ptr<void> keeps_alive) = 0;
    /// Says goodbye where that is possible, within the connect timeout. No event comes afterwards.
    virtual void close() = 0;
};

[[nodiscard]] std::shared_ptr<WebSocket> make_web_socket(boost::asio::io_context& context,
                                                         const WebSocketOptions& options);

}  // namespace studio::adapters
