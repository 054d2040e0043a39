#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "adapters/curl/curl_http_client.hpp"
#include "providers/provider_loop.hpp"
#include "support/provider_servers/openai_server.hpp"

namespace studio::adapters {
namespace {

class CurlHttpClientTest : public testing::Test {
protected:
    std::unique_ptr<HttpExchange> send(HttpRequest request) {
        return client.send(std::move(request),
                           [this](Result<HttpResponse, HttpClientError> result) {
                               EXPECT_FALSE(response) << "done comes once";
                               response.emplace(std::move(result));
                           });
    }
    /// A request for 200 ms of audio: 9600 bytes.
    HttpRequest speech() {
        HttpRequest request;
        request.method = "POST";
        request.url = server.base_url() + "/audio/speech";
        request.headers = {{"Content-Type", "application/json"}};
        request.body = R"({"input":"Hi"})";
        return request;
    }

    test::ProviderLoop harness;
    test::OpenaiServer server{harness.loop().context()};
    CurlHttpClient client{harness.loop()};
    std::optional<Result<HttpResponse, HttpClientError>> response;
};

TEST_F(CurlHttpClientTest, GivesTheWholeResponse) {
    const auto exchange = send(speech());
    EXPECT_FALSE(response);
    harness.run_until([&] { return response.has_value(); });
    ASSERT_TRUE(response->has_value());
    EXPECT_EQ((*response)->status, 200);
    EXPECT_EQ((*response)->content_type, "audio/pcm");
    EXPECT_EQ((*response)->body.size(), 9600U);
}

TEST_F(CurlHttpClientTest, AnyStatusIsAResponse) {
    HttpRequest request = speech();
    request.url = server.base_url() + "/nowhere";
    const auto exchange = send(request);
    harness.run_until([&] { return response.has_value(); });
    ASSERT_TRUE(response->has_value());
    EXPECT_EQ((*response)->status, 404);
}

TEST_F(CurlHttpClientTest, BoundsTheResponse) {
    HttpRequest request = speech();
    request.response_bytes_max = 9599;
    const auto exchange = send(request);
    harness.run_until([&] { return response.has_value(); });
    EXPECT_EQ(response->error(), HttpClientError::too_large);
}

TEST_F(CurlHttpClientTest, KeepsTheDeadline) {
    server.options().fault = test::Fault::silent;
    HttpRequest request = speech();
    request.timeout = milliseconds(50);
    const auto exchange = send(request);
    harness.run_until([&] { return response.has_value(); });
    EXPECT_EQ(response->error(), HttpClientError::timed_out);
}

TEST_F(CurlHttpClientTest, CancelsSilently) {
    server.options().audio_delay = milliseconds(20);
    auto exchange = send(speech());
    harness.run_until([&] {
        if (server.connections_open() == 1) {
            exchange.reset();
        }
        return exchange == nullptr && server.connections_open() == 0;
    });
    EXPECT_FALSE(response);
}

class RefusedRequests : public CurlHttpClientTest,
                        public testing::WithParamInterface<HttpRequest> {};

TEST_P(RefusedRequests, AreBadUrl) {
    const auto exchange = send(GetParam());
    EXPECT_FALSE(response) << "never from inside send";
    harness.run_until([&] { return response.has_value(); });
    EXPECT_EQ(response->error(), HttpClientError::bad_url);
}

HttpRequest make_request(std::string method, std::string url, std::string header = "x") {
    HttpRequest request;
    request.method = std::move(method);
    request.url = std::move(url);
    request.headers = {{"X-Header", std::move(header)}};
    return request;
}

INSTANTIATE_TEST_SUITE_P(All, RefusedRequests,
                         testing::Values(make_request("GET", "file:///etc/passwd"),
                                         make_request("GET", "gopher://127.0.0.1/"),
                                         make_request("GET", ""),
                                         make_request("GET", "http://127.0.0.1/\r\nX: y"),
                                         make_request("GET /x", "http://127.0.0.1/"),
                                         make_request("GET", "http://127.0.0.1/", "a\r\nB: c")));

TEST(CurlHttpClient, MayGoBeforeItsExchanges) {
    test::ProviderLoop harness;
    test::OpenaiServer server(harness.loop().context());
    server.options().fault = test::Fault::silent;
    auto client = std::make_unique<CurlHttpClient>(harness.loop());
    HttpRequest request;
    request.url = server.base_url();
    const auto exchange = client->send(request, [](const auto&) { FAIL() << "it was cancelled"; });
    bool has_gone = false;
    harness.run_until([&] {
        if (server.connections_open() == 1) {
            client.reset();
            has_gone = true;
        }
        return has_gone && server.connections_open() == 0;
    });
}

}  // namespace
}  // namespace studio::adapters
