#include "http/server_fixture.hpp"

namespace studio::testing {
namespace {

adapters::HttpServerOptions quick_options() {
    adapters::HttpServerOptions options;
    options.header_timeout = milliseconds{150};
    options.body_timeout = milliseconds{150};
    options.idle_timeout = milliseconds{150};
    return options;
}

class MalformedTest : public ServerFixture {
protected:
    MalformedTest() : ServerFixture(quick_options()) {}

    std::string authorized(const std::string& rest) const {
        return "Host: t\r\nAuthorization: Bearer " + key_ + "\r\n" + rest;
    }
};

struct Case {
    const char* bytes;
    int status;
};

TEST_F(MalformedTest, EachKindOfTroubleHasItsStatus) {
    const std::vector<Case> cases{
        {"rubbish\r\n\r\n", 400},
        {"GET / HTTP/2.0\r\nHost: t\r\n\r\n", 400},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        {"GET  / HTTP/1.1\r\nHost: t\r\n\r\n", 400},
        {"GET /%zz HTTP/1.1\r\nHost: t\r\n\r\n", 400},
        {"GET /%00 HTTP/1.1\r\nHost: t\r\n\r\n", 400},
        {"GET /../etc/passwd HTTP/1.1\r\nHost: t\r\n\r\n", 400},
        {"GET /%2e%2e/x HTTP/1.1\r\nHost: t\r\n\r\n", 400},
        {"GET nowhere HTTP/1.1\r\nHost: t\r\n\r\n", 400},
        {"GET /nowhere HTTP/1.1\r\nHost: t\r\n\r\n", 404},
        {"BREW / HTTP/1.1\r\nHost: t\r\n\r\n", 405},
        {"DELETE / HTTP/1.1\r\nHost: t\r\n\r\n", 405},
        {"GET / HTTP/1.1\r\nHost: t\r\nName: \x01\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: t\r\nBad Name: x\r\n\r\n", 400},
        {"POST /api/v1/calls HTTP/1.1\r\nHost: t\r\nContent-Length: -1\r\n\r\n", 400},
        {"POST /api/v1/calls HTTP/1.1\r\nHost: t\r\nContent-Length: 1x\r\n\r\n", 400},
        {"POST /api/v1/calls HTTP/1.1\r\nHost: t\r\nContent-Length: 9999999\r\n\r\n", 413},
        {"POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\nContent-Length: "
         "3\r\n\r\n0\r\n\r\n",
         400},
        {"POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400},
    };
    for (const Case& tested : cases) {
        const TestReply reply = split(exchange_raw(tested.bytes));
        EXPECT_EQ(reply.status, tested.status) << tested.bytes;
        EXPECT_EQ(error_code_of(reply).find("no envelope"), std::string::npos) << reply.body;
    }
}

TEST_F(MalformedTest, LongHeadersAndBodiesAreRefused) {
    const std::string long_value(20'000, 'a');
    EXPECT_EQ(
        split(exchange_raw("GET / HTTP/1.1\r\nHost: t\r\nX: " + long_value + "\r\n\r\n")).status,
        431);
    const TestReply target =
        split(exchange_raw("GET /" + long_value.substr(0, 6'000) + " HTTP/1.1\r\nHost: t\r\n\r\n"));
    EXPECT_EQ(target.status, 400);
    const std::string sdp(70'000, 'v');
    EXPECT_EQ(send("POST", "/api/v1/calls/x/sdp", sdp, "Content-Type: application/sdp\r\n").status,
              413);
    // Chunked: the length shows only on the way.
    const std::string chunked =
        "POST /api/v1/calls/x/sdp HTTP/1.1\r\n" +
        authorized("Content-Type: application/sdp\r\nTransfer-Encoding: chunked\r\n\r\n") +
        "11170\r\n" + sdp + "\r\n0\r\n\r\n";
    EXPECT_EQ(split(exchange_raw(chunked)).status, 413);
}

TEST_F(MalformedTest, BodiesThatAreNoJsonAreRefused) {
    const std::string deep(100, '[');
    for (const std::string& body :
         {std::string("{"), std::string("nul"), std::string("{\"a\":1}x"), "{\"a\":" + deep,
          std::string("{\"a\":\"\xff\"}"), std::string("\"text\""), std::string("{'a':1}"),
          std::string("{\"a\":1,}"), std::string("{\"a\":1e9999999999999}")}) {
        const TestReply reply = send("POST", "/api/v1/calls", body);
        EXPECT_TRUE(reply.status == 400 || reply.status == 422) << body << reply.status;
        EXPECT_EQ(error_code_of(reply).find("no envelope"), std::string::npos) << reply.body;
    }
}

TEST_F(MalformedTest, SlowSendersAreTimedOut) {
    for (const std::string& bytes :
         {std::string("GET / HTTP/1.1\r\nHo"),
          "POST /api/v1/calls HTTP/1.1\r\n" +
              authorized("Content-Type: application/json\r\nContent-Length: 10\r\n\r\n{")}) {
        auto socket = connect();
        boost::asio::write(socket, boost::asio::buffer(bytes));
        std::string text;
        boost::system::error_code error;
        boost::asio::read(socket, boost::asio::dynamic_buffer(text), error);
        EXPECT_EQ(split(text).status, 408) << text;
    }
    // One that says nothing at all is closed without a word.
    auto silent = connect();
    std::string text;
    boost::system::error_code error;
    boost::asio::read(silent, boost::asio::dynamic_buffer(text), error);
    EXPECT_EQ(text, "");
    EXPECT_EQ(error, boost::asio::error::eof);
}

TEST_F(MalformedTest, TwoHundredBrokenRequestsNeitherCrashNorConfuse) {
    SeededEntropy random(20'261'123);
    const std::vector<std::string> seeds{
        "GET /api/v1/agents?limit=5&offset=1 HTTP/1.1\r\n" + authorized("\r\n"),
        "POST /api/v1/calls HTTP/1.1\r\n" +
            authorized("Content-Type: application/json\r\nContent-Length: 19\r\n\r\n") +
            "{\"agent_name\":\"bad\"",
        "POST /api/v1/calls/x/sdp HTTP/1.1\r\n" +
            authorized("Content-Type: application/sdp\r\nTransfer-Encoding: chunked\r\n\r\n") +
            "5\r\nv=0\r\n\r\n0\r\n\r\n",
    };
    for (int round = 0; round < 200; ++round) {
        std::string bytes = seeds[random.u32() % seeds.size()];
        const std::uint32_t changes = 1 + random.u32() % 8;
        for (std::uint32_t change = 0; change < changes && !bytes.empty(); ++change) {
            const std::size_t at = random.u32() % bytes.size();
            switch (random.u32() % 4) {
                case 0:
                    bytes[at] = static_cast<char>(random.u32() & 0xFFU);
                    break;
                case 1:
                    bytes.erase(at, 1 + random.u32() % 8);
                    break;
                case 2:
                    bytes.insert(at, random.u32() % 2 == 0 ? "\r\n" : "\xff\x80");
                    break;
                default:
                    bytes.resize(at);
                    break;
            }
        }
        // A change may leave a sound request: then any answer is right but 500.
        const std::string text = exchange_raw(bytes);
        if (!text.empty()) {
            const TestReply reply = split(text);
            EXPECT_GE(reply.status, 200) << round << text;
            EXPECT_NE(reply.status, 500) << round << text;
            if (reply.status >= 400) {
                // What follows may be a further reply on the same connection.
                EXPECT_NE(reply.body.find("{\"error\":{\"code\":"), std::string::npos) << text;
            }
        }
    }
    EXPECT_EQ(send("GET", "/health/live").status, 200);
}

TEST(OperatorServer, TakesItsConnectionsBackWithinSeconds) {
    const adapters::HttpServerOptions options =
        adapters::operator_server_options("127.0.0.1", 8'081);
    EXPECT_TRUE(adapters::validate(options).empty());
    EXPECT_EQ(options.address, "127.0.0.1");
    EXPECT_EQ(options.port, 8'081);
    for (const milliseconds timeout : {options.idle_timeout, options.header_timeout,
                                       options.body_timeout, options.write_timeout}) {
        EXPECT_LE(timeout, seconds{5});
    }
}

}  // namespace
}  // namespace studio::testing
