#include "adapters/http/server/internal/socket_stream.hpp"

#include <array>
#include <boost/asio/write.hpp>
#include <charconv>
#include <utility>

#include "adapters/http/server/internal/async_operation.hpp"
#include "base/check.hpp"

namespace studio::adapters::http {

namespace {

constexpr std::size_t read_bytes = 1'024;

std::string framed(const std::string& piece) {
    std::array<char, 16> size{};
    const auto written = std::to_chars(size.data(), size.data() + size.size(), piece.size(), 16);
    return std::string(size.data(), written.ptr) + "\r\n" + piece + "\r\n";
}

}  // namespace

Task<bool> SocketStream::run(StreamWork work) {
    scope_.spawn(watch());
    try {
        co_await work(*this);
    } catch (...) {
        note_exception("request");
        leave();
    }
    bool whole = !gone_;
    if (whole && options_.chunked) {
        whole = co_await send("0\r\n\r\n");
    }
    ended_ = true;
    boost::system::error_code ignored;
    socket_.cancel(ignored);
    co_await scope_.close();
    co_return whole;
}

Task<bool> SocketStream::write(std::string piece) {
    if (piece.empty()) {
        co_return !gone_;
    }
    // Named: GCC 12 destroys a conditional's temporary inside co_await twice.
    std::string bytes = options_.chunked ? framed(piece) : std::move(piece);
    co_return co_await send(std::move(bytes));
}

Task<bool> SocketStream::send(std::string bytes) {
    if (gone_) {
        co_return false;
    }
    const auto deadline =
        loop_.start_timer(loop_.now() + options_.write_timeout, [this] { leave(); });
    AsyncOperation write([this, &bytes](auto handler) {
        boost::asio::async_write(socket_, boost::asio::buffer(bytes), std::move(handler));
    });
    const IoResult result = co_await write;
    if (result.error) {
        leave();
    }
    co_return !gone_;
}

Task<void> SocketStream::watch() {
    while (!gone_ && buffer_.size() + read_bytes <= buffer_.max_size()) {
        AsyncOperation read([this](auto handler) {
            socket_.async_read_some(buffer_.prepare(read_bytes), std::move(handler));
        });
        const IoResult result = co_await read;
        buffer_.commit(result.size);
        if (ended_) {
            co_return;
        }
        if (result.error) {
            leave();
        }
    }
}

void SocketStream::leave() {
    gone_ = true;
    boost::system::error_code ignored;
    socket_.cancel(ignored);
    source_.request();
}

}  // namespace studio::adapters::http
