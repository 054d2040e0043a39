/// TLS below a WebSocket: bytes in both directions, whose certificate counts, how it ends.

#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/web_socket/beast_web_socket_client.hpp"
#include "providers/provider_loop.hpp"
#include "web_socket/tls_echo_server.hpp"

namespace studio::adapters {
namespace {

struct Listener final : WebSocketListener {
    void on_web_socket_open() override { is_open = true; }
    void on_web_socket_message(std::string_view bytes, WebSocketMessage kind) override {
        messages.emplace_back(bytes, kind);
    }
    void on_web_socket_end(const WebSocketEnd& which) override { end = which; }

    bool is_open = false;
    std::vector<std::pair<std::string, WebSocketMessage>> messages;
    std::optional<WebSocketEnd> end;
};

class WebSocketOverTls : public testing::Test {
protected:
    std::unique_ptr<WebSocket> open(WebSocketClient& client, std::uint16_t port,
                                    milliseconds connect_timeout = seconds(4)) {
        WebSocketRequest request;
        request.url = "wss://localhost:" + std::to_string(port) + "/echo?a=b";
        request.connect_timeout = connect_timeout;
        return client.open(std::move(request), listener);
    }
    /// How opening it ends with the authority of this file; nothing where it opens.
    std::optional<WebSocketError> outcome(std::uint16_t port, const std::string& ca_file,
                                          milliseconds connect_timeout = seconds(4)) {
        BeastWebSocketClient client(harness.loop(), {.ca_file = ca_file});
        const auto socket = open(client, port, connect_timeout);
        harness.run_until([&] { return listener.is_open || listener.end; });
        return listener.end ? std::optional(listener.end->error) : std::nullopt;
    }

    test::ProviderLoop harness;
    Listener listener;
};

TEST_F(WebSocketOverTls, MessagesOfEverySizeGoBothWaysAndItEndsInGoodOrder) {
    test::TlsEchoServer server("localhost");
    BeastWebSocketClient client(harness.loop(), {.ca_file = server.ca_file()});
    auto socket = open(client, server.port());
    // One byte; more than a record of TLS (16 KiB) holds; more than both kernels buffer.
    std::vector<std::pair<std::string, WebSocketMessage>> sent{
        {"x", WebSocketMessage::text},
        {std::string(40'000, 'y'), WebSocketMessage::binary},
        {std::string(250'000, 'z'), WebSocketMessage::text}};
    for (const auto& [bytes, kind] : sent) {
        EXPECT_TRUE(socket->send(bytes, kind));
    }
    harness.run_until([&] { return listener.messages.size() == sent.size() || listener.end; });
    EXPECT_FALSE(listener.end);
    EXPECT_TRUE(listener.messages == sent);
    socket.reset();
    harness.run_until([&] { return server.goodbyes() == 1; });
    EXPECT_FALSE(listener.end) << "no event after it was let go";
}

TEST_F(WebSocketOverTls, TheCertificateHasToBeOfTheHost) {
    const test::TlsEchoServer server("other.example");
    EXPECT_EQ(outcome(server.port(), server.ca_file()), WebSocketError::unavailable);
}

TEST_F(WebSocketOverTls, TheCertificateHasToBeOfAKnownAuthority) {
    const test::TlsEchoServer server("localhost");
    const test::TlsEchoServer stranger("localhost");
    EXPECT_EQ(outcome(server.port(), stranger.ca_file()), WebSocketError::unavailable);
}

TEST_F(WebSocketOverTls, AServerThatDoesNotShakeHandsIsTimedOut) {
    const auto [listening, port] = test::listen_on_loopback();
    // The kernel takes the connection; nobody answers.
    EXPECT_EQ(outcome(port, "", milliseconds(200)), WebSocketError::timed_out);
    ::close(listening);
}

}  // namespace
}  // namespace studio::adapters
