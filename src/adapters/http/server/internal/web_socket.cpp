#include "adapters/http/server/internal/web_socket.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <utility>

#include "adapters/http/server/internal/async_operation.hpp"
#include "adapters/http/server/internal/tcp_stream.hpp"
#include "base/check.hpp"
#include "base/live_count.hpp"
#include "runtime/task_scope.hpp"

namespace studio::adapters::http {

namespace {

namespace websocket = boost::beast::websocket;

class BeastSocket final : public UpgradedSocket, LiveCount<BeastSocket> {
public:
    explicit BeastSocket(WebSocketParts parts)
        : request_(std::move(parts.request)),
          loop_(parts.loop),
          write_timeout_(parts.write_timeout),
          socket_(std::move(parts.socket)),
          scope_(parts.loop) {
        websocket::stream_base::timeout timeout{};
        timeout.handshake_timeout = parts.close_timeout;
        timeout.idle_timeout = parts.idle_timeout;
        timeout.keep_alive_pings = true;
        socket_.set_option(timeout);
        socket_.read_message_max(parts.message_bytes_max);
    }

    [[nodiscard]] Task<void> run(UpgradeWork work, runtime::CancellationToken stop) {
        AsyncOperation accept(
            [this](auto handler) { socket_.async_accept(request_, std::move(handler)); });
        const IoResult accepted = co_await accept;
        if (accepted.error) {
            co_return;
        }
        {
            const runtime::CancellationHook hook(stop, [this] {
                source_.request();
                scope_.spawn(close({websocket::close_code::going_away}));
            });
            try {
                co_await work(*this);
            } catch (...) {
                note_exception("request");
            }
            source_.request();
            // Named: GCC 12 destroys what is made inside a co_await twice.
            websocket::close_reason reason{websocket::close_code::normal};
            co_await close(std::move(reason));
        }
        co_await scope_.close();
    }

    [[nodiscard]] Task<std::optional<std::string>> read() override {
        boost::beast::flat_buffer message;
        AsyncOperation read(
            [this, &message](auto handler) { socket_.async_read(message, std::move(handler)); });
        const IoResult result = co_await read;
        if (result.error) {
            source_.request();
            co_return std::nullopt;
        }
        const auto bytes = message.cdata();
        co_return std::string(static_cast<const char*>(bytes.data()), bytes.size());
    }

    [[nodiscard]] Task<bool> write(std::string text) override {
        const auto deadline = loop_.start_timer(loop_.now() + write_timeout_,
                                                [this] { socket_.next_layer().close(); });
        socket_.text(true);
        AsyncOperation write([this, &text](auto handler) {
            socket_.async_write(boost::asio::buffer(text), std::move(handler));
        });
        const IoResult result = co_await write;
        if (result.error) {
            source_.request();
        }
        co_return !result.error;
    }

    void end(std::uint16_t code, std::string reason) override {
        source_.request();
        scope_.spawn(close({static_cast<websocket::close_code>(code), reason}));
    }

    [[nodiscard]] runtime::CancellationToken token() const override { return source_.token(); }

private:
    /// Says goodbye, once.
    [[nodiscard]] Task<void> close(websocket::close_reason reason) {
        if (std::exchange(closing_, true) || !socket_.is_open()) {
            co_return;
        }
        AsyncOperation close(
            [this, &reason](auto handler) { socket_.async_close(reason, std::move(handler)); });
        [[maybe_unused]] const IoResult result = co_await close;
    }

    RequestMessage request_;
    runtime::AsioLoop& loop_;
    milliseconds write_timeout_;
    // Without compression, which is not offered.
    websocket::stream<TcpStream, false> socket_;
    bool closing_ = false;
    runtime::CancellationSource source_;
    runtime::TaskScope scope_;
};

}  // namespace

bool is_web_socket_request(const RequestMessage& message) {
    return websocket::is_upgrade(message) && read_field(message, "Sec-WebSocket-Version") == "13" &&
           !read_field(message, "Sec-WebSocket-Key").empty();
}

Task<void> run_web_socket(WebSocketParts parts, UpgradeWork work, runtime::CancellationToken stop) {
    BeastSocket socket(std::move(parts));
    co_await socket.run(std::move(work), std::move(stop));
}

}  // namespace studio::adapters::http
