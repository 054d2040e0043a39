#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <string>

#include "adapters/http/server/stream.hpp"
#include "base/live_count.hpp"
#include "base/time.hpp"
#include "runtime/asio_loop.hpp"
#include "runtime/task_scope.hpp"

namespace studio::adapters::http {

/// A reply's body that is written to a connection while it is made. Beside writing it reads: a
/// client that leaves is only noticed so, and one that sends its next request ahead is kept.
class SocketStream final : public ReplyStream, LiveCount<SocketStream> {
public:
    struct Options {
        /// From HTTP/1.1 on: in pieces with their lengths (RFC 9112, section 7.1). Else the body
        /// ends with the connection.
        bool chunked = true;
        /// How long the client may take to make room for a piece.
        milliseconds write_timeout{20'000};
    };

    /// `socket` and `buffer` are the connection's, which does nothing else meanwhile.
    SocketStream(boost::asio::ip::tcp::socket& socket, boost::beast::flat_buffer& buffer,
                 runtime::AsioLoop& loop, Options options)
        : socket_(socket), buffer_(buffer), loop_(loop), options_(options), scope_(loop) {}

    /// Runs the work and ends the body. True where the body is whole and the client is there.
    [[nodiscard]] Task<bool> run(StreamWork work);
    /// Asks the work to end.
    void stop() { source_.request(); }

    [[nodiscard]] Task<bool> write(std::string piece) override;
    [[nodiscard]] runtime::CancellationToken token() const override { return source_.token(); }

private:
    [[nodiscard]] Task<void> watch();
    [[nodiscard]] Task<bool> send(std::string bytes);
    void leave();

    boost::asio::ip::tcp::socket& socket_;
    boost::beast::flat_buffer& buffer_;
    runtime::AsioLoop& loop_;
    Options options_;
    bool gone_ = false;
    bool ended_ = false;
    runtime::CancellationSource source_;
    runtime::TaskScope scope_;
};

}  // namespace studio::adapters::http
