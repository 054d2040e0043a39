#include "adapters/redis/internal/redis_stream.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace studio::adapters {
namespace {

namespace ssl = boost::asio::ssl;
using boost::asio::ip::tcp;
using ErrorCode = boost::system::error_code;

/// Addresses are not sent as the server's name (RFC 6066, section 3).
bool is_name(const std::string& host) {
    ErrorCode error;
    static_cast<void>(boost::asio::ip::make_address(host, error));
    return error.failed();
}

}  // namespace

std::shared_ptr<ssl::context> make_tls_context(const RedisOptions& options, std::string& wrong) {
    if (!options.is_encrypted) {
        return nullptr;
    }
    auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
    ErrorCode error;
    context->set_verify_mode(ssl::verify_peer);
    static_cast<void>(
        context->set_options(ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1, error));
    if (!error && options.ca_file.empty()) {
        static_cast<void>(context->set_default_verify_paths(error));
    } else if (!error) {
        static_cast<void>(context->load_verify_file(options.ca_file, error));
    }
    if (error) {
        wrong = options.ca_file.empty() ? "the certificates that this machine trusts cannot be read"
                                        : "the CA file of Redis cannot be read";
        return nullptr;
    }
    return context;
}

RedisStream::RedisStream(boost::asio::io_context& context, std::shared_ptr<ssl::context> tls)
    : context_(std::move(tls)), resolver_(context), socket_(context) {
    if (context_ != nullptr) {
        tls_.emplace(socket_, *context_);
    }
}

void RedisStream::open(const RedisAddress& address, Opened opened) {
    host_ = address.host;
    resolver_.async_resolve(address.host, std::to_string(address.port),
                            [this, opened = std::move(opened)](
                                const ErrorCode& error, const tcp::resolver::results_type& found) {
                                if (error || is_closed_) {
                                    opened("name");
                                    return;
                                }
                                connect(found, opened);
                            });
}

void RedisStream::connect(const tcp::resolver::results_type& found, Opened opened) {
    boost::asio::async_connect(
        socket_, found,
        [this, opened = std::move(opened)](const ErrorCode& error, const tcp::endpoint&) {
            if (error || is_closed_) {
                opened("refused");
                return;
            }
            ErrorCode ignored;
            static_cast<void>(socket_.set_option(tcp::no_delay(true), ignored));
            if (tls_) {
                shake_hands(opened);
            } else {
                opened(nullptr);
            }
        });
}

void RedisStream::shake_hands(Opened opened) {
    // SSL_set_tlsext_host_name is this call behind a macro with a cast that we refuse.
    if (is_name(host_) && SSL_ctrl(tls_->native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME,
                                   TLSEXT_NAMETYPE_host_name, host_.data()) != 1) {
        opened("tls");
        return;
    }
    ErrorCode error;
    static_cast<void>(tls_->set_verify_callback(ssl::host_name_verification(host_), error));
    if (error) {
        opened("tls");
        return;
    }
    tls_->async_handshake(ssl::stream_base::client,
                          [opened = std::move(opened)](const ErrorCode& tls_error) {
                              opened(tls_error ? "tls" : nullptr);
                          });
}

void RedisStream::read_some(boost::asio::mutable_buffer target, Moved moved) {
    if (tls_) {
        tls_->async_read_some(target, std::move(moved));
    } else {
        socket_.async_read_some(target, std::move(moved));
    }
}

void RedisStream::write(boost::asio::const_buffer source, Moved moved) {
    if (tls_) {
        boost::asio::async_write(*tls_, source, std::move(moved));
    } else {
        boost::asio::async_write(socket_, source, std::move(moved));
    }
}

void RedisStream::close() {
    is_closed_ = true;
    ErrorCode ignored;
    resolver_.cancel();
    static_cast<void>(socket_.close(ignored));
}

}  // namespace studio::adapters
