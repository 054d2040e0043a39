#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/interface.hpp"
#include "base/sensitive.hpp"
#include "base/time.hpp"

namespace studio {

/// Why a WebSocket ended.
enum class WebSocketError : std::uint8_t {
    /// No ws: or wss: URL, or a header with a line break.
    bad_url,
    /// Names, TCP, TLS, a cut, a close by the server.
    unavailable,
    /// The server answered the handshake with another HTTP status.
    refused,
    /// No connection in time, or the server fell silent.
    timed_out,
    /// A message beyond its limit, or no WebSocket at all.
    malformed,
    /// The host's address is none that a tenant's URL may lead to; only the operator can change it.
    address_not_allowed,
};

struct WebSocketRequest {
    /// `ws://` or `wss://`, with path and query.
    std::string url;
    /// The value of the Authorization header; empty means none.
    Secret<std::string> authorization;
    std::vector<std::pair<std::string, std::string>> headers;
    /// Name resolution, TCP, TLS and the handshake together.
    milliseconds connect_timeout{5'000};
    /// Silence of the server for half of this brings a ping, for all of it the end.
    milliseconds idle_timeout{20'000};
    /// One message of the server.
    std::size_t message_bytes_max = 256U * 1024U;
    /// What may wait to be sent; beyond it send() refuses.
    std::size_t queue_bytes_max = 1U << 20U;
    /// Whether the operator's own configuration names the URL: then it may lead anywhere. What
    /// tenants write may not.
    bool is_operator_url = false;
};

/// How a message is marked (RFC 6455, section 5.6).
enum class WebSocketMessage : std::uint8_t { text, binary };

struct WebSocketEnd {
    WebSocketError error = WebSocketError::unavailable;
    /// Of a refused handshake; else 0.
    int http_status = 0;
    /// What the server closed with (RFC 6455, section 7.4), or 0.
    std::uint16_t close_code = 0;
};

/// Told on the client's loop, never from inside a call to the socket.
class WebSocketListener : public Interface {
public:
    virtual void on_web_socket_open() = 0;
    /// One whole message, hostile; valid in the call.
    virtual void on_web_socket_message(std::string_view bytes, WebSocketMessage kind) = 0;
    /// All that was sent has been handed to the kernel.
    virtual void on_web_socket_drained() {}
    /// The last event.
    virtual void on_web_socket_end(const WebSocketEnd& end) = 0;
};

/// One connection. Destroying it sends what waits, says goodbye where that is possible and gives it
/// little time; no event comes afterwards. It may be destroyed from inside an event.
class WebSocket : public Interface {
public:
    /// Queues one message, also before the connection is open; the bytes are copied. False, and
    /// nothing queued, after the end or where the queue would be over its limit.
    virtual bool send(std::string_view bytes, WebSocketMessage kind) = 0;
    /// What waits to be sent, the message under way included.
    [[nodiscard]] virtual std::size_t queued_bytes() const = 0;
};

/// WebSockets (RFC 6455) that we open. One object per loop, used on that loop only.
class WebSocketClient : public Interface {
public:
    /// Never blocks and never fails: trouble arrives at `listener`, on the loop. `listener`
    /// outlives the socket.
    [[nodiscard]] virtual std::unique_ptr<WebSocket> open(WebSocketRequest request,
                                                          WebSocketListener& listener) = 0;
};

}  // namespace studio
