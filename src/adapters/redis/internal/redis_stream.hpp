#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "adapters/redis/redis_options.hpp"

namespace studio::adapters {

/// What certificates are checked against. Null where no TLS is asked for, and where the CA file
/// cannot be read: `wrong` is a sentence then.
[[nodiscard]] std::shared_ptr<boost::asio::ssl::context> make_tls_context(
    const RedisOptions& options, std::string& wrong);

/// The bytes of one connection, plain or by TLS: made for one attempt, and never opened twice. On
/// the loop of `context` only. Whoever waits for an operation keeps it alive.
class RedisStream {
public:
    /// Why there is no connection, as one word for the log; null where there is one.
    using Opened = std::function<void(const char* trouble)>;
    using Moved = std::function<void(const boost::system::error_code& error, std::size_t size)>;

    /// Plain where `tls` is null.
    RedisStream(boost::asio::io_context& context, std::shared_ptr<boost::asio::ssl::context> tls);

    void open(const RedisAddress& address, Opened opened);
    void read_some(boost::asio::mutable_buffer target, Moved moved);
    /// All of it.
    void write(boost::asio::const_buffer source, Moved moved);
    /// What waits ends with an error.
    void close();

private:
    void connect(const boost::asio::ip::tcp::resolver::results_type& found, Opened opened);
    void shake_hands(Opened opened);

    std::shared_ptr<boost::asio::ssl::context> context_;
    boost::asio::ip::tcp::resolver resolver_;
    boost::asio::ip::tcp::socket socket_;
    std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
    std::string host_;
    bool is_closed_ = false;
};

}  // namespace studio::adapters
