#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/role.hpp>
#include <utility>

#include "runtime/io_stream.hpp"

namespace studio::adapters::http {

/// The socket below a WebSocket, as Beast wants it.
class TcpStream : public runtime::IoStream<TcpStream> {
public:
    using executor_type = boost::asio::ip::tcp::socket::executor_type;

    explicit TcpStream(boost::asio::ip::tcp::socket socket) : socket_(std::move(socket)) {}

    [[nodiscard]] executor_type get_executor() { return socket_.get_executor(); }

    /// Some bytes, at least one where there is room for one.
    void read_some(boost::asio::mutable_buffer into, runtime::IoMoved moved);
    /// Some of the bytes, which stay in place until then.
    void write_some(const runtime::IoBuffers& from, runtime::IoMoved moved);
    /// Ends both directions in good order, after the goodbye of a WebSocket.
    void shut_down(runtime::IoDone done);
    /// At once. What is under way ends with an error.
    void close();

private:
    boost::asio::ip::tcp::socket socket_;
};

/// By these names Beast looks for how a stream of ours ends.
template <class Handler>
void async_teardown(boost::beast::role_type /*role*/, TcpStream& stream, Handler&& handler) {
    stream.shut_down(runtime::IoDone(std::forward<Handler>(handler)));
}
inline void beast_close_socket(TcpStream& stream) {
    stream.close();
}

}  // namespace studio::adapters::http
