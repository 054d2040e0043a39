#include "adapters/web_socket/internal/transport.hpp"

#include <openssl/ssl.h>

#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/beast/websocket/teardown.hpp>

namespace studio::adapters {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using ErrorCode = boost::system::error_code;
using Tcp = asio::ip::tcp;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

template <class Stream>
class BeastTransport : public Transport {
public:
    template <class... Arguments>
    explicit BeastTransport(asio::io_context& context, Arguments&... arguments)
        : stream_(context, arguments...) {}

    [[nodiscard]] Executor executor() override { return stream_.get_executor(); }

    void limit(milliseconds timeout) override { tcp().expires_after(timeout); }

    void connect(const std::vector<Tcp::endpoint>& endpoints, const std::string& host,
                 runtime::IoDone done) override {
        tcp().async_connect(endpoints,
                            [this, host, done = std::move(done)](
                                ErrorCode error, const Tcp::endpoint& /*chosen*/) mutable {
                                if (!error) {
                                    tcp().socket().set_option(Tcp::no_delay(true), error);
                                    secure(host, std::move(done));
                                } else {
                                    std::move(done)(error);
                                }
                            });
    }

    void read_some(asio::mutable_buffer into, runtime::IoMoved moved) override {
        stream_.async_read_some(into, runtime::on_this_loop(std::move(moved)));
    }
    void write_some(const runtime::IoBuffers& from, runtime::IoMoved moved) override {
        stream_.async_write_some(from, runtime::on_this_loop(std::move(moved)));
    }
    void close() override { tcp().close(); }

protected:
    /// Between the connection and its first byte. The WebSocket keeps time from then on.
    virtual void secure(const std::string& host, runtime::IoDone done) = 0;

    [[nodiscard]] Stream& stream() { return stream_; }
    [[nodiscard]] beast::tcp_stream& tcp() { return beast::get_lowest_layer(stream_); }

private:
    Stream stream_;
};

class TcpTransport final : public BeastTransport<beast::tcp_stream> {
public:
    using BeastTransport::BeastTransport;

    void shut_down(runtime::IoDone done) override {
        beast::async_teardown(beast::role_type::client, stream(),
                              runtime::on_this_loop(std::move(done)));
    }

private:
    void secure(const std::string& /*host*/, runtime::IoDone done) override {
        tcp().expires_never();
        std::move(done)(ErrorCode());
    }
};

class TlsTransport final : public BeastTransport<TlsStream> {
public:
    using BeastTransport::BeastTransport;

    void shut_down(runtime::IoDone done) override {
        stream().async_shutdown([this, done = std::move(done)](ErrorCode error) mutable {
            beast::async_teardown(beast::role_type::client, tcp(),
                                  [error, done = std::move(done)](ErrorCode tcp_error) mutable {
                                      std::move(done)(error ? error : tcp_error);
                                  });
        });
    }

private:
    void secure(const std::string& host, runtime::IoDone done) override {
        // SSL_set_tlsext_host_name is this call behind a macro with a cast that we refuse.
        std::string name = host;
        if (SSL_ctrl(stream().native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME,
                     TLSEXT_NAMETYPE_host_name, name.data()) != 1) {
            std::move(done)(asio::error::invalid_argument);
            return;
        }
        stream().set_verify_callback(asio::ssl::host_name_verification(host));
        stream().async_handshake(asio::ssl::stream_base::client,
                                 [this, done = std::move(done)](ErrorCode error) mutable {
                                     tcp().expires_never();
                                     std::move(done)(error);
                                 });
    }
};

}  // namespace

std::unique_ptr<Transport> make_tcp_transport(asio::io_context& context) {
    return std::make_unique<TcpTransport>(context);
}

std::unique_ptr<Transport> make_tls_transport(asio::io_context& context, asio::ssl::context& tls) {
    return std::make_unique<TlsTransport>(context, tls);
}

}  // namespace studio::adapters
