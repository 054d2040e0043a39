#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/role.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/interface.hpp"
#include "base/time.hpp"
#include "runtime/io_stream.hpp"

namespace studio::adapters {

/// A TCP connection, or TLS over one. Everything happens on the loop; a completion is called from
/// there, never from inside the call that began the operation. One read and one write at a time.
class Transport : public Interface {
public:
    using Executor = boost::asio::any_io_executor;

    [[nodiscard]] virtual Executor executor() = 0;
    /// From now on, until connect() has succeeded.
    virtual void limit(milliseconds timeout) = 0;
    /// To whichever of these answers first in their order; for TLS, also its handshake, in which
    /// the certificate has to be that of `host`.
    virtual void connect(const std::vector<boost::asio::ip::tcp::endpoint>& endpoints,
                         const std::string& host, runtime::IoDone done) = 0;
    /// Some bytes, at least one where there is room for one.
    virtual void read_some(boost::asio::mutable_buffer into, runtime::IoMoved moved) = 0;
    /// Some of the bytes, which stay in place until then.
    virtual void write_some(const runtime::IoBuffers& from, runtime::IoMoved moved) = 0;
    /// Ends both directions in good order, after the goodbye of a WebSocket.
    virtual void shut_down(runtime::IoDone done) = 0;
    /// At once. What is under way ends with an error.
    virtual void close() = 0;
};

[[nodiscard]] std::unique_ptr<Transport> make_tcp_transport(boost::asio::io_context& context);
[[nodiscard]] std::unique_ptr<Transport> make_tls_transport(boost::asio::io_context& context,
                                                            boost::asio::ssl::context& tls);

/// A transport as Beast wants one: a type for both, so that Beast's templates are compiled once.
class TransportStream : public runtime::IoStream<TransportStream> {
public:
    using executor_type = Transport::Executor;

    explicit TransportStream(std::unique_ptr<Transport> transport)
        : transport_(std::move(transport)) {}

    [[nodiscard]] executor_type get_executor() { return transport_->executor(); }
    [[nodiscard]] Transport& transport() { return *transport_; }

    void read_some(boost::asio::mutable_buffer into, runtime::IoMoved moved) {
        transport_->read_some(into, std::move(moved));
    }
    void write_some(const runtime::IoBuffers& from, runtime::IoMoved moved) {
        transport_->write_some(from, std::move(moved));
    }

private:
    std::unique_ptr<Transport> transport_;
};

/// By these names Beast looks for how a stream of ours ends.
template <class Handler>
void async_teardown(boost::beast::role_type /*role*/, TransportStream& stream, Handler&& handler) {
    stream.transport().shut_down(runtime::IoDone(std::forward<Handler>(handler)));
}
inline void beast_close_socket(TransportStream& stream) {
    stream.transport().close();
}

}  // namespace studio::adapters
