#include <array>
#include <boost/asio/write.hpp>
#include <utility>

#include "adapters/http/server/internal/connection.hpp"
#include "adapters/http/server/internal/reply_text.hpp"
#include "adapters/http/server/internal/socket_stream.hpp"
#include "adapters/http/server/internal/web_socket.hpp"

// What a connection does with a reply: a body, a stream or an upgrade.

namespace studio::adapters::http {

namespace {

constexpr milliseconds linger_timeout{1'000};
constexpr std::size_t linger_bytes_max = 4U << 20U;

}  // namespace

Task<bool> Connection::send(const Exchange& exchange, const ApiReply& reply) {
    const bool is_head = exchange.method == "HEAD";
    if (reply.stream && !is_head) {
        co_return co_await send_stream(exchange, reply);
    }
    co_return co_await write_head(exchange, reply, is_head ? std::string_view{} : body_of(reply));
}

Task<bool> Connection::write_head(const Exchange& exchange, const ApiReply& reply,
                                  std::string_view body) {
    const bool chunked = reply.stream && exchange.parser.get().version() >= 11;
    const std::string head = format_head(reply, {.request_id = exchange.request_id,
                                                 .now = context_.parts.loop.wall_now(),
                                                 .keep_alive = exchange.keep_alive,
                                                 .chunked = chunked});
    const std::array<boost::asio::const_buffer, 2> buffers{boost::asio::buffer(head),
                                                           boost::asio::buffer(body)};
    start_deadline(context_.options.write_timeout);
    AsyncOperation write([this, &buffers](auto handler) {
        boost::asio::async_write(socket_, buffers, std::move(handler));
    });
    const IoResult result = co_await write;
    end_deadline();
    co_return !result.error;
}

Task<bool> Connection::send_stream(const Exchange& exchange, const ApiReply& reply) {
    if (!co_await write_head(exchange, reply, {})) {
        co_return false;
    }
    const bool chunked = exchange.parser.get().version() >= 11;
    SocketStream stream(socket_, buffer_, context_.parts.loop,
                        {.chunked = chunked, .write_timeout = context_.options.write_timeout});
    const runtime::CancellationHook on_stop(stop_.token(), [&stream] { stream.stop(); });
    const bool whole = co_await stream.run(reply.stream);
    // Without lengths only the end of the connection tells the end of the body.
    co_return whole&& chunked;
}

Task<void> Connection::upgrade(Exchange& exchange, const ApiReply& reply) {
    context_.in_flight.add(1);
    WebSocketParts parts{.socket = std::move(socket_),
                         .request = exchange.parser.release(),
                         .loop = context_.parts.loop,
                         .message_bytes_max = context_.options.body_bytes_max,
                         .idle_timeout = context_.options.idle_timeout,
                         .write_timeout = context_.options.write_timeout};
    co_await run_web_socket(std::move(parts), reply.upgrade, stop_.token());
    context_.in_flight.add(-1);
}

// Closing with unread bytes makes the kernel send a reset, which can destroy the reply before the
// peer has read it (RFC 9112, section 9.6): say that we are done, then read on for a while.
Task<void> Connection::linger() {
    boost::system::error_code error;
    socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send, error);
    start_deadline(linger_timeout);
    std::size_t passed_over = 0;
    while (!error && passed_over < linger_bytes_max) {
        buffer_.clear();
        AsyncOperation read([this](auto handler) {
            socket_.async_read_some(buffer_.prepare(16U << 10U), std::move(handler));
        });
        const IoResult result = co_await read;
        error = result.error;
        passed_over += result.size;
    }
    end_deadline();
}

}  // namespace studio::adapters::http
