#include "adapters/web_socket/internal/connection.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <utility>
#include <vector>

#include "adapters/web_socket/internal/transport.hpp"
#include "base/log.hpp"

namespace studio::adapters {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using Tcp = asio::ip::tcp;
using ErrorCode = beast::error_code;

net::Address address_of(const Tcp::endpoint& endpoint) {
    const asio::ip::address& address = endpoint.address();
    if (address.is_v4()) {
        return net::Address::from_v4(address.to_v4().to_uint(), endpoint.port());
    }
    return net::Address::from_bytes(address.to_v6().to_bytes(), endpoint.port());
}

class BeastConnection final : public Connection,
                              public std::enable_shared_from_this<BeastConnection> {
public:
    BeastConnection(asio::io_context& context, std::unique_ptr<Transport> transport)
        : resolver_(context), stream_(std::move(transport)) {}

    void open(ConnectionOptions options, ConnectionListener& listener) override {
        options_ = std::move(options);
        listener_ = &listener;
        transport().limit(options_.request.connect_timeout);
        resolver_.async_resolve(
            options_.host, options_.port,
            [self = shared_from_this()](ErrorCode error, const Tcp::resolver::results_type& found) {
                if (!self->is_done(error)) {
                    self->connect(found);
                }
            });
    }

    void write(std::string_view bytes, WebSocketMessage kind,
               std::shared_ptr<void> keeps_alive) override {
        stream_.text(kind == WebSocketMessage::text);
        stream_.async_write(asio::buffer(bytes.data(), bytes.size()),
                            [self = shared_from_this(), keeps_alive = std::move(keeps_alive)](
                                ErrorCode error, std::size_t /*size*/) {
                                self->is_writing_ = false;
                                if (self->listener_ == nullptr) {
                                    self->say_goodbye();
                                } else if (!self->is_done(error)) {
                                    self->listener_->on_written();
                                }
                            });
        is_writing_ = true;
    }

    void close() override {
        listener_ = nullptr;
        resolver_.cancel();
        if (!is_open_) {
            transport().close();
        } else if (!is_writing_) {
            say_goodbye();
        }
    }

private:
    /// To what was looked at, so that nothing is resolved a second time.
    void connect(const Tcp::resolver::results_type& found) {
        std::vector<Tcp::endpoint> allowed;
        for (const auto& entry : found) {
            if (options_.addresses.allows(address_of(entry.endpoint()), options_.host)) {
                allowed.push_back(entry.endpoint());
            }
        }
        if (allowed.empty()) {
            STUDIO_LOG(warning, "address_not_allowed", {"host", options_.host},
                       {"allowed_by", options_.address_option});
            end(WebSocketError::address_not_allowed, 0);
            return;
        }
        transport().connect(allowed, options_.host, [self = shared_from_this()](ErrorCode error) {
            if (!self->is_done(error)) {
                self->shake_hands();
            }
        });
    }

    void shake_hands() {
        // From here the WebSocket keeps time: for the handshake, and pings where nothing is heard.
        websocket::stream_base::timeout timeout{};
        timeout.handshake_timeout = options_.request.connect_timeout;
        timeout.idle_timeout = options_.request.idle_timeout;
        timeout.keep_alive_pings = true;
        stream_.set_option(timeout);
        stream_.set_option(websocket::stream_base::decorator(
            [authorization = options_.request.authorization,
             headers = options_.request.headers](websocket::request_type& request) {
                if (!authorization.reveal().empty()) {
                    request.set(beast::http::field::authorization, authorization.reveal());
                }
                request.set(beast::http::field::user_agent, "agent-studio");
                for (const auto& [name, value] : headers) {
                    request.set(name, value);
                }
            }));
        stream_.read_message_max(options_.request.message_bytes_max);
        stream_.auto_fragment(false);
        stream_.async_handshake(
            response_, options_.host + ':' + options_.port, options_.target,
            [self = shared_from_this()](ErrorCode error) { self->on_handshake(error); });
    }

    void on_handshake(ErrorCode error) {
        if (listener_ != nullptr && error == websocket::error::upgrade_declined) {
            std::exchange(listener_, nullptr)
                ->on_end({WebSocketError::refused, static_cast<int>(response_.result_int()), 0});
            return;
        }
        if (is_done(error)) {
            return;
        }
        is_open_ = true;
        read();
        listener_->on_open();
    }

    void read() {
        stream_.async_read(
            buffer_, [self = shared_from_this()](ErrorCode error, std::size_t /*size*/) {
                if (self->is_done(error)) {
                    return;
                }
                const auto data = self->buffer_.data();
                self->listener_->on_message(
                    {static_cast<const char*>(data.data()), data.size()},
                    self->stream_.got_text() ? WebSocketMessage::text : WebSocketMessage::binary);
                self->buffer_.consume(self->buffer_.size());
                if (self->listener_ != nullptr) {
                    self->read();
                }
            });
    }

    void say_goodbye() {
        if (!std::exchange(is_closing_, true)) {
            stream_.async_close(websocket::close_code::normal,
                                [self = shared_from_this()](ErrorCode /*error*/) {});
        }
    }

    /// Whether nobody listens any more; tells the end where there is an error.
    bool is_done(ErrorCode error) {
        if (listener_ == nullptr) {
            return true;
        }
        if (!error) {
            return false;
        }
        WebSocketError kind = WebSocketError::unavailable;
        if (error == beast::error::timeout) {
            kind = WebSocketError::timed_out;
        } else if (error == websocket::error::message_too_big ||
                   (error != websocket::error::closed &&
                    error.category() ==
                        websocket::make_error_code(websocket::error::closed).category()) ||
                   error.category() ==
                       beast::http::make_error_code(beast::http::error::bad_version).category()) {
            kind = WebSocketError::malformed;
        }
        // A connection that ends inside the handshake's response is cut, not rubbish.
        if (error == beast::http::error::end_of_stream ||
            error == beast::http::error::partial_message) {
            kind = WebSocketError::unavailable;
        }
        end(kind, error == websocket::error::closed
                      ? static_cast<std::uint16_t>(stream_.reason().code)
                      : std::uint16_t{0});
        return true;
    }

    void end(WebSocketError error, std::uint16_t close_code) {
        is_open_ = false;
        std::exchange(listener_, nullptr)->on_end({error, 0, close_code});
    }

    [[nodiscard]] Transport& transport() { return stream_.next_layer().transport(); }

    ConnectionOptions options_;
    ConnectionListener* listener_ = nullptr;
    Tcp::resolver resolver_;
    // Without compression, which nobody asks for.
    websocket::stream<TransportStream, false> stream_;
    websocket::response_type response_;
    beast::flat_buffer buffer_;
    bool is_open_ = false;
    bool is_writing_ = false;
    bool is_closing_ = false;
};

}  // namespace

std::shared_ptr<Connection> make_connection(asio::io_context& context,
                                            const ConnectionOptions& options) {
    return std::make_shared<BeastConnection>(
        context,
        options.is_tls ? make_tls_transport(context, *options.tls) : make_tcp_transport(context));
}

}  // namespace studio::adapters
