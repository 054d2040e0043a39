/// What a tenant's URL may reach: the same policy for tools, models, voices and sockets, looked at
/// when a connection is made, and when one is used again.

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "adapters/curl/curl_http_client.hpp"
#include "adapters/curl/curl_http_stream.hpp"
#include "adapters/openai/openai_language_model.hpp"
#include "adapters/web_socket/beast_web_socket_client.hpp"
#include "providers/provider_loop.hpp"
#include "support/provider_servers/deepgram_server.hpp"
#include "support/provider_servers/openai_server.hpp"

namespace studio::adapters {
namespace {

/// Names of this machine, its network and the clouds' metadata service.
constexpr const char* inside_hosts[] = {"127.0.0.1",
                                        "localhost",
                                        "2130706433",
                                        "0x7f.1",
                                        "017700000001",
                                        "0.0.0.0",
                                        "[::1]",
                                        "[::]",
                                        "0",
                                        "[::ffff:127.0.0.1]",
                                        "127.1",
                                        "[64:ff9b::7f00:1]",
                                        "169.254.169.254",
                                        "[fe80::1]",
                                        "10.0.0.1",
                                        "[fd00:ec2::254]",
                                        "[::127.0.0.1]"};

net::AddressPolicy policy_of(const std::string& entry = "") {
    net::AddressPolicy policy = net::AddressPolicy::public_only();
    EXPECT_TRUE(entry.empty() || policy.allow(entry));
    return policy;
}

CurlOptions curl_options(net::AddressPolicy addresses) {
    CurlOptions options;
    options.addresses = std::move(addresses);
    options.address_option = "--allow-addresses";
    options.connect_timeout = milliseconds(300);
    return options;
}

struct SocketListener final : WebSocketListener {
    void on_web_socket_open() override { is_open = true; }
    void on_web_socket_message(std::string_view /*bytes*/, WebSocketMessage /*kind*/) override {}
    void on_web_socket_end(const WebSocketEnd& which) override { end = which; }
    [[nodiscard]] bool is_decided() const { return is_open || end; }

    bool is_open = false;
    std::optional<WebSocketEnd> end;
};

struct Listener final : ModelListener {
    void on_model(const ModelEvent& event) override {
        if (const auto* failure = std::get_if<ModelFailed>(&event)) {
            failed = failure->error;
        }
        is_over = is_over || failed || std::holds_alternative<ModelFinished>(event);
    }
    bool is_over = false;
    std::optional<ProviderError> failed;
};

class AllowedAddresses : public testing::Test {
protected:
    /// The URL of the server under another name of its machine.
    [[nodiscard]] std::string url_at(const std::string& host) const {
        const std::string rest = server.base_url().substr(server.base_url().rfind(':'));
        return "http://" + host + rest;
    }
    /// The outcome of one request: its error, or nothing where the server answered.
    std::optional<HttpClientError> get(HttpClient& client, const std::string& url,
                                       bool is_operator_url = false) {
        HttpRequest request;
        request.url = url;
        request.is_operator_url = is_operator_url;
        std::optional<Result<HttpResponse, HttpClientError>> response;
        const auto exchange = client.send(
            std::move(request), [&](auto result) { response.emplace(std::move(result)); });
        harness.run_until([&] { return response.has_value(); });
        return *response ? std::nullopt : std::optional((*response).error());
    }
    /// What becomes of an agent's model at such a base_url: its failure, or nothing.
    std::optional<ProviderError> ask(OpenaiLanguageModel& model, const std::string& base_url) {
        ModelRequest request;
        request.messages.push_back(
            {.role = ModelRole::user, .content = "x", .tool_calls = {}, .tool_call_id = {}});
        if (!base_url.empty()) {
            request.options = JsonObject{{"base_url", base_url}};
        }
        Listener listener;
        const auto answer = model.ask(std::move(request), listener);
        harness.run_until([&] { return listener.is_over; });
        return listener.failed;
    }
    /// Why a socket did not open; nothing where it did.
    std::optional<WebSocketError> open(const net::AddressPolicy& addresses,
                                       WebSocketRequest request) {
        BeastWebSocketOptions options;
        options.addresses = addresses;
        BeastWebSocketClient client(harness.loop(), options);
        request.connect_timeout = milliseconds(300);
        SocketListener listener;
        const auto socket = client.open(std::move(request), listener);
        harness.run_until([&] { return listener.is_decided(); });
        return listener.end ? std::optional(listener.end->error) : std::nullopt;
    }

    test::ProviderLoop harness;
    test::OpenaiServer server{harness.loop().context()};
    test::DeepgramServer speech_server{harness.loop().context()};
};

TEST_F(AllowedAddresses, AToolStaysOutsideWhateverTheHostIsCalled) {
    CurlHttpClient client(harness.loop(), curl_options(policy_of()));
    for (const char* host : inside_hosts) {
        const auto error = get(client, url_at(host));
        ASSERT_TRUE(error) << host;
        EXPECT_TRUE(*error == HttpClientError::address_not_allowed) << host;
        EXPECT_FALSE(is_transient(*error));
    }
    EXPECT_EQ(server.connections_accepted(), 0U);
}

TEST_F(AllowedAddresses, AnAllowedPlaceIsReachedAndNoOther) {
    const std::string base = server.base_url();
    const std::string place = base.substr(7, base.find('/', 7) - 7);
    CurlHttpClient client(harness.loop(), curl_options(policy_of(place)));
    EXPECT_EQ(get(client, url_at("127.0.0.1")), std::nullopt);
    EXPECT_EQ(get(client, url_at("2130706433")), std::nullopt);
    EXPECT_EQ(get(client, "http://127.0.0.1:1/"), HttpClientError::address_not_allowed);
    EXPECT_EQ(get(client, url_at("127.0.0.2")), HttpClientError::address_not_allowed);
    CurlHttpClient by_name(harness.loop(), curl_options(policy_of("localhost")));
    EXPECT_EQ(get(by_name, url_at("localhost")), std::nullopt);
    EXPECT_EQ(get(by_name, url_at("127.0.0.1")), HttpClientError::address_not_allowed);
}

/// Connections are kept for the next request, whoever wrote its URL.
TEST_F(AllowedAddresses, AConnectionOfTheOperatorIsNotUsedByATenant) {
    CurlHttpClient client(harness.loop(), curl_options(policy_of()));
    ASSERT_EQ(get(client, url_at("127.0.0.1"), true), std::nullopt);
    ASSERT_EQ(server.connections_open(), 1U) << "the connection is kept";
    const std::size_t requests = server.requests().size();
    EXPECT_EQ(get(client, url_at("127.0.0.1")), HttpClientError::address_not_allowed);
    EXPECT_EQ(server.requests().size(), requests);
}

TEST_F(AllowedAddresses, AModelsBaseUrlOfAnAgentStaysOutside) {
    CurlHttpStreamClient http(harness.loop(), curl_options(policy_of()));
    OpenaiOptions options;
    options.base_url = "https://api.example/v1";
    OpenaiLanguageModel model(http, options);
    for (const char* host : inside_hosts) {
        const auto failed = ask(model, url_at(host));
        ASSERT_TRUE(failed) << host;
        EXPECT_EQ(failed->code, ProviderErrorCode::rejected) << host;
        EXPECT_NE(failed->message.find("address_not_allowed"), std::string::npos);
    }
    EXPECT_EQ(server.connections_accepted(), 0U);
}

TEST_F(AllowedAddresses, TheOperatorsOwnModelServerMayBeAnywhere) {
    CurlHttpStreamClient http(harness.loop(), curl_options(policy_of()));
    OpenaiOptions options;
    options.base_url = server.base_url();
    OpenaiLanguageModel model(http, options);
    EXPECT_FALSE(ask(model, ""));
    EXPECT_FALSE(ask(model, server.base_url() + "/")) << "the same, named by the agent";
    EXPECT_TRUE(ask(model, url_at("localhost")));
}

TEST_F(AllowedAddresses, ASocketStaysOutsideToo) {
    const std::string base = speech_server.base_url();
    for (const char* scheme : {"ws://", "wss://"}) {
        for (const char* host : inside_hosts) {
            WebSocketRequest request;
            request.url = std::string(scheme) + host + base.substr(base.rfind(':')) + "/v1/listen";
            const auto error = open(policy_of(), request);
            ASSERT_TRUE(error) << host;
            // Some of these names are numbers only to some resolvers.
            EXPECT_TRUE(*error == WebSocketError::address_not_allowed ||
                        *error == WebSocketError::bad_url || *error == WebSocketError::unavailable)
                << host;
        }
    }
    EXPECT_EQ(speech_server.connections_open(), 0U);
    WebSocketRequest request;
    request.url = base + "/v1/listen";
    EXPECT_EQ(open(policy_of(), request), WebSocketError::address_not_allowed);
    EXPECT_EQ(open(policy_of("127.0.0.0/8"), request), std::nullopt);
    request.is_operator_url = true;
    EXPECT_EQ(open(policy_of(), request), std::nullopt);
}

}  // namespace
}  // namespace studio::adapters
