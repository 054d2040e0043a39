#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>

namespace studio::test {

/// A socket that listens on 127.0.0.1, for the caller to close, and its port.
[[nodiscard]] std::pair<int, std::uint16_t> listen_on_loopback();

/// A WebSocket server under TLS that sends back what it gets, one connection after the other, on a
/// thread of its own. Its certificate signs itself and is for one host name.
class TlsEchoServer {
public:
    explicit TlsEchoServer(const std::string& host);
    TlsEchoServer(const TlsEchoServer&) = delete;
    TlsEchoServer& operator=(const TlsEchoServer&) = delete;
    ~TlsEchoServer();

    [[nodiscard]] std::uint16_t port() const { return port_; }
    /// The certificate as PEM, for as long as the server lives.
    [[nodiscard]] std::string ca_file() const { return ca_file_.string(); }
    /// Clients that ended the WebSocket, then TLS, in good order.
    [[nodiscard]] int goodbyes() const { return goodbyes_; }

private:
    struct Free {
        void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
        void operator()(SSL* session) const { SSL_free(session); }
    };

    void make_certificate(const std::string& host);
    void serve();
    void talk(SSL* session);

    std::unique_ptr<SSL_CTX, Free> context_;
    std::filesystem::path ca_file_;
    std::uint16_t port_ = 0;
    int listening_ = -1;
    std::atomic<int> connection_{-1};
    std::atomic<int> goodbyes_{0};
    std::thread thread_;
};

}  // namespace studio::test
