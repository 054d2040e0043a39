#include <boost/asio/read_until.hpp>
#include <vector>

#include "http/server_fixture.hpp"

namespace studio::testing {
namespace {

/// A key that may only read agents.
class ScopeTest : public ServerFixture {
protected:
    ScopeTest() {
        thread_.run_and_wait([this] { platform_->scope.spawn(add_reader(*platform_, reader_)); });
        while (!is_idle()) {
        }
    }

    static Task<> add_reader(Platform& platform, std::string key) {
        const auto tenant = co_await platform.account_store.load_tenant("default");
        EXPECT_TRUE(tenant.has_value());
        ApiKey row;
        row.id = ApiKeyId("00000000-0000-4000-8000-0000000000aa");
        row.tenant_id = tenant->id;
        row.name = "reader";
        row.digest = platform.digest.sha256_hex(key);
        row.prefix = key.substr(0, 12);
        row.scopes = {"agents:read"};
        EXPECT_TRUE((co_await platform.account_store.create_api_key(std::move(row))).has_value());
    }

    std::string reader_ = "as_test_reader00000000000000000000000000";
};

TEST_F(ScopeTest, AKeyOpensTheRoutesOfItsScopesAndNoOthers) {
    constexpr const char* agent = R"({"name":"waiter","config":{"prompt":{"system":"x"}}})";
    const std::string full = std::exchange(key_, reader_);
    EXPECT_EQ(send("GET", "/api/v1/agents").status, 200);

    struct Request {
        const char* method;
        const char* target;
        const char* body;
        const char* scope;
    };
    for (const Request& request :
         {Request{"POST", "/api/v1/agents", agent, "agents:write"},
          Request{"DELETE", "/api/v1/agents/waiter", "", "agents:delete"},
          Request{"POST", "/api/v1/calls", R"({"agent_name":"waiter"})", "calls:create"},
          Request{"GET", "/api/v1/calls", "", "calls:read"}}) {
        const TestReply reply = send(request.method, request.target, request.body);
        EXPECT_EQ(reply.status, 403) << request.method << ' ' << request.target;
        EXPECT_EQ(error_code_of(reply), "authorization_error");
        EXPECT_NE(reply.body.find(request.scope), std::string::npos) << reply.body;
    }
    // Refused means that nothing was done.
    EXPECT_NE(send("GET", "/api/v1/agents").body.find("\"total\":0"), std::string::npos);
    // The limit is the key's, not the route's.
    key_ = full;
    EXPECT_EQ(send("POST", "/api/v1/agents", agent).status, 201);
}

class ConnectionLimitTest : public ServerFixture {
protected:
    static constexpr std::size_t places = 3;
    static adapters::HttpServerOptions options() {
        adapters::HttpServerOptions options;
        options.connections_max = places;
        return options;
    }
    ConnectionLimitTest() : ServerFixture(options()) {}

    std::size_t connections() {
        std::size_t count = 0;
        thread_.run_and_wait([this, &count] { count = platform_->server.connections(); });
        return count;
    }
    /// Asks on a connection that stays open. The first line of the reply.
    static std::string ask(boost::asio::ip::tcp::socket& socket) {
        boost::asio::write(
            socket,
            boost::asio::buffer(std::string_view("GET /health/live HTTP/1.1\r\nHost: t\r\n\r\n")));
        std::string text;
        boost::system::error_code error;
        boost::asio::read_until(socket, boost::asio::dynamic_buffer(text), "\r\n", error);
        return text.substr(0, text.find("\r\n"));
    }
};

TEST_F(ConnectionLimitTest, OneTooManyIsToldSoAndTheOthersAreServed) {
    std::vector<boost::asio::ip::tcp::socket> sockets;
    for (std::size_t index = 0; index < places; ++index) {
        sockets.push_back(connect());
        EXPECT_EQ(ask(sockets.back()), "HTTP/1.1 200 OK");
    }
    EXPECT_EQ(connections(), places);
    // The refusal comes without a request; nothing sent, nothing lost.
    auto refused = connect();
    std::string text;
    boost::system::error_code error;
    boost::asio::read(refused, boost::asio::dynamic_buffer(text), error);
    const TestReply reply = split(text);
    EXPECT_EQ(reply.status, 503) << text;
    EXPECT_NE(reply.head.find("Connection: close"), std::string::npos) << reply.head;
    EXPECT_EQ(connections(), places);
    EXPECT_EQ(ask(sockets.front()).substr(0, 12), "HTTP/1.1 200");

    sockets.pop_back();
    while (connections() == places) {
    }
    EXPECT_EQ(send("GET", "/health/live").status, 200);
}

using CorsTest = ServerFixture;

TEST_F(CorsTest, PagesOfOtherOriginsMayNotRead) {
    for (const char* method : {"GET", "OPTIONS"}) {
        const TestReply reply = send(method, "/health/live", "",
                                     "Origin: https://app.example\r\n"
                                     "Access-Control-Request-Method: POST\r\n");
        EXPECT_EQ(reply.status / 100, 2) << reply.head;
        EXPECT_EQ(reply.head.find("Access-Control-"), std::string::npos) << reply.head;
    }
}

}  // namespace
}  // namespace studio::testing
