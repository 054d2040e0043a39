#include "adapters/http/server/internal/tcp_stream.hpp"

#include <boost/beast/websocket/teardown.hpp>

namespace studio::adapters::http {

void TcpStream::read_some(boost::asio::mutable_buffer into, runtime::IoMoved moved) {
    socket_.async_read_some(into, runtime::on_this_loop(std::move(moved)));
}

void TcpStream::write_some(const runtime::IoBuffers& from, runtime::IoMoved moved) {
    socket_.async_write_some(from, runtime::on_this_loop(std::move(moved)));
}

void TcpStream::shut_down(runtime::IoDone done) {
    boost::beast::websocket::async_teardown(boost::beast::role_type::server, socket_,
                                            runtime::on_this_loop(std::move(done)));
}

void TcpStream::close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
}

}  // namespace studio::adapters::http
