#include <boost/asio/steady_timer.hpp>

#include <stdexcept>

#include "base/check.hpp"
#include "http/server_fixture.hpp"

namespace studio::testing {
namespace {

using adapters::ApiReply;
using adapters::ApiRequest;
using adapters::ReplyStream;
using adapters::UpgradedSocket;

/// What the routes below did; looked at on the server's loop.
struct Seen {
    std::uint64_t pieces = 0;
    int ended = 0;
    runtime::Loop* loop = nullptr;
};

Task<> count_to_three(ReplyStream& stream) {
    for (const char* number : {"1", "2", "3"}) {
        std::string event = adapters::server_sent_event("number", number);
        if (!co_await stream.write(std::move(event))) {
            co_return;
        }
    }
}

Task<> write_without_end(Seen& seen, ReplyStream& stream) {
    bool is_read = true;
    while (is_read) {
        std::string piece(64U << 10U, 'x');
        is_read = co_await stream.write(std::move(piece));
        seen.pieces += is_read ? 1U : 0U;
    }
    ++seen.ended;
}

Task<> wait_to_be_asked(Seen& seen, ReplyStream& stream) {
    [[maybe_unused]] const bool first = co_await stream.write(std::string("first"));
    [[maybe_unused]] const bool slept =
        co_await runtime::sleep_for(*seen.loop, std::chrono::hours{1}, stream.token());
    ++seen.ended;
}

Task<> echo(Seen& seen, UpgradedSocket& socket) {
    bool is_open = true;
    while (is_open) {
        const auto message = co_await socket.read();
        is_open = message.has_value();
        if (is_open) {
            std::string answer = "you said " + *message;
            is_open = co_await socket.write(std::move(answer));
        }
    }
    ++seen.ended;
}

/// Reads beside it, as whoever talks both ways does.
Task<> read_beside(UpgradedSocket& socket, bool& was_message) {
    was_message = (co_await socket.read()).has_value();
}

Task<> say_goodbye(Seen& seen, UpgradedSocket& socket) {
    runtime::TaskScope scope(*seen.loop);
    bool was_message = true;
    scope.spawn(read_beside(socket, was_message));
    socket.end(1'013, "too slow");
    socket.end(1'000, "again is harmless");
    co_await scope.close();
    seen.ended += was_message ? 0 : 1;
}

/// To a client that reads nothing.
Task<> talk_without_end(Seen& seen, UpgradedSocket& socket) {
    bool is_read = true;
    while (is_read) {
        std::string text(64U << 10U, 'x');
        is_read = co_await socket.write(std::move(text));
        seen.pieces += is_read ? 1U : 0U;
    }
    ++seen.ended;
}

Task<> write_and_fail(ReplyStream& stream) {
    [[maybe_unused]] const bool first = co_await stream.write(std::string("first"));
    throw std::length_error("a library's");
}

Task<ApiReply> fail_to_answer(ApiRequest) {
    STUDIO_BUG("the test's");
    co_return ApiReply{};
}

template <class Work>
adapters::ApiHandler streaming(Work work) {
    return [work](ApiRequest) -> Task<ApiReply> {
        ApiReply reply;
        reply.content_type = "text/event-stream";
        reply.stream = work;
        return [](ApiReply made) -> Task<ApiReply> { co_return made; }(std::move(reply));
    };
}

adapters::ApiHandler upgrading(adapters::UpgradeWork work) {
    return [work = std::move(work)](ApiRequest) -> Task<ApiReply> {
        ApiReply reply;
        reply.status = 101;
        reply.upgrade = work;
        return [](ApiReply made) -> Task<ApiReply> { co_return made; }(std::move(reply));
    };
}

std::vector<adapters::Route> routes_of(Seen& seen) {
    const auto none = adapters::BodyKind::none;
    return {
        {"GET", "/count", "", none, streaming(count_to_three)},
        {"GET", "/endless", "", none,
         streaming([&seen](ReplyStream& stream) { return write_without_end(seen, stream); })},
        {"GET", "/quiet", "", none,
         streaming([&seen](ReplyStream& stream) { return wait_to_be_asked(seen, stream); })},
        {"GET", "/broken", "", none, streaming(write_and_fail)},
        {"GET", "/bug", "", none, fail_to_answer},
        {"GET", "/echo", "", none,
         upgrading([&seen](UpgradedSocket& socket) { return echo(seen, socket); }), true},
        {"GET", "/goodbye", "", none,
         upgrading([&seen](UpgradedSocket& socket) { return say_goodbye(seen, socket); }), true},
        {"GET", "/talk", "", none,
         upgrading([&seen](UpgradedSocket& socket) { return talk_without_end(seen, socket); }),
         true}};
}

adapters::HttpServerOptions patient_options() {
    adapters::HttpServerOptions options;
    options.write_timeout = milliseconds{300};
    return options;
}

struct SeenFirst {
    SeenFirst() { abort_on_bug(false); }
    ~SeenFirst() { abort_on_bug(true); }
    SeenFirst(const SeenFirst&) = delete;
    SeenFirst& operator=(const SeenFirst&) = delete;

    Seen seen;
};

/// Replies that come piece by piece and connections that become WebSockets: clients that leave,
/// that do not read, and a server that stops in the middle.
class StreamTest : private SeenFirst, public ServerFixture {
protected:
    StreamTest() : ServerFixture(patient_options(), "", routes_of(seen)) {
        seen.loop = &thread_.loop();
    }
    Seen looked_at() {
        Seen copy;
        thread_.run_and_wait([this, &copy] { copy = seen; });
        return copy;
    }
    bool wait_for_end(int count = 1) {
        for (int tries = 0; tries < 2'000; ++tries) {
            if (looked_at().ended >= count) {
                return true;
            }
            boost::asio::steady_timer(client_, milliseconds{5}).wait();
        }
        return false;
    }
    boost::asio::ip::tcp::socket ask(const std::string& path, const std::string& fields = "",
                                     const char* version = "1.1") {
        auto socket = connect();
        boost::asio::write(socket, boost::asio::buffer("GET " + path + " HTTP/" + version +
                                                       "\r\nHost: t\r\n" + fields + "\r\n"));
        return socket;
    }
    static std::string read_until(boost::asio::ip::tcp::socket& socket, const std::string& end) {
        std::string text;
        boost::system::error_code error;
        char letter = 0;
        while (!error && !text.ends_with(end)) {
            if (boost::asio::read(socket, boost::asio::buffer(&letter, 1), error) == 1) {
                text += letter;
            }
        }
        return text;
    }
    boost::asio::ip::tcp::socket open_web_socket(const std::string& path = "/echo") {
        return ask(path,
                   "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
    }
};

TEST_F(StreamTest, AGoodbyeHasItsCodeAndReasonAndEndsTheReadBesideIt) {
    auto socket = open_web_socket("/goodbye");
    // A close frame (RFC 6455, section 5.5.1): 1013 and the reason.
    const std::string text = read_until(socket, "too slow");
    EXPECT_TRUE(text.ends_with(std::string("\x88\x0a\x03\xf5too slow", 12)));
    socket.close();
    EXPECT_TRUE(wait_for_end());
}

TEST_F(StreamTest, AWebSocketThatReadsNothingIsGivenUp) {
    auto socket = open_web_socket("/talk");
    EXPECT_TRUE(wait_for_end());
    EXPECT_GT(looked_at().pieces, 0U);
}

TEST_F(StreamTest, ABugEndsItsRequestAndNeitherItsConnectionNorTheServer) {
    auto socket = ask("/bug");
    const std::string text = read_until(socket, "}}");
    EXPECT_TRUE(text.starts_with("HTTP/1.1 500 ")) << text;
    EXPECT_NE(text.find("\"internal_error\""), std::string::npos) << text;
    EXPECT_EQ(text.find("test's"), std::string::npos) << text;
    boost::asio::write(socket,
                       boost::asio::buffer(std::string("GET /count HTTP/1.1\r\nHost: t\r\n\r\n")));
    EXPECT_NE(read_until(socket, "0\r\n\r\n").find("200 OK"), std::string::npos);
}

TEST_F(StreamTest, AnExceptionInAStreamCutsItOff) {
    auto socket = ask("/broken");
    const std::string text = read_until(socket, "never");
    EXPECT_NE(text.find("first"), std::string::npos) << text;
    EXPECT_FALSE(text.ends_with("0\r\n\r\n")) << "nobody takes it for a whole one";
    auto again = ask("/count");
    EXPECT_NE(read_until(again, "0\r\n\r\n").find("200 OK"), std::string::npos);
}

TEST_F(StreamTest, PiecesComeWithTheirLengthsAndTheConnectionIsKept) {
    auto socket = ask("/count");
    const std::string text = read_until(socket, "0\r\n\r\n");
    EXPECT_NE(text.find("Transfer-Encoding: chunked"), std::string::npos) << text;
    EXPECT_EQ(text.find("Content-Length"), std::string::npos) << text;
    EXPECT_NE(text.find("17\r\nevent: number\ndata: 1\n\n\r\n"), std::string::npos) << text;
    EXPECT_NE(text.find("data: 3\n\n\r\n0\r\n\r\n"), std::string::npos) << text;
    boost::asio::write(
        socket, boost::asio::buffer(std::string("GET /health/live HTTP/1.1\r\nHost: t\r\n\r\n")));
    EXPECT_TRUE(read_until(socket, "\r\n\r\n").starts_with("HTTP/1.1 200"));
}

TEST_F(StreamTest, AnOlderClientGetsTheBodyUpToTheEndOfTheConnection) {
    auto socket = ask("/count", "", "1.0");
    const std::string text = read_until(socket, "never");
    EXPECT_EQ(text.find("Transfer-Encoding"), std::string::npos) << text;
    EXPECT_TRUE(
        text.ends_with("\r\n\r\nevent: number\ndata: 1\n\nevent: number\ndata: 2\n\n"
                       "event: number\ndata: 3\n\n"))
        << text;
}

TEST_F(StreamTest, AHeadOfAStreamHasNoBody) {
    const TestReply reply = send("HEAD", "/endless");
    EXPECT_EQ(reply.status, 200);
    EXPECT_TRUE(reply.body.empty());
    EXPECT_EQ(looked_at().pieces, 0U);
}

TEST_F(StreamTest, AClientThatLeavesEndsTheWorkAlsoWhileItWaits) {
    {
        auto socket = ask("/quiet");
        EXPECT_NE(read_until(socket, "first").find("first"), std::string::npos);
        EXPECT_EQ(looked_at().ended, 0);
    }
    EXPECT_TRUE(wait_for_end());
    { auto socket = ask("/endless"); }
    EXPECT_TRUE(wait_for_end(2));
}

TEST_F(StreamTest, AClientThatDoesNotReadHoldsTheWriterBackAndIsLeft) {
    auto socket = ask("/endless");
    EXPECT_TRUE(wait_for_end());
    // What the system's own buffers took, and no more: nothing is piled up here.
    EXPECT_LT(looked_at().pieces, 400U);
}

TEST_F(StreamTest, AServerThatStopsEndsStreamsAndWebSocketsWhole) {
    auto quiet = ask("/quiet");
    read_until(quiet, "first");
    auto socket = open_web_socket();
    read_until(socket, "\r\n\r\n");
    auto& platform = *platform_;
    thread_.run_and_wait([&platform] { platform.scope.spawn(platform.server.stop()); });
    EXPECT_TRUE(read_until(quiet, "never").ends_with("0\r\n\r\n"));
    std::string frame = read_until(socket, "\xE9");
    ASSERT_GE(frame.size(), 4U);
    // RFC 6455: a close frame with 1001, going away.
    EXPECT_EQ(static_cast<unsigned char>(frame[0]), 0x88U);
    EXPECT_EQ(static_cast<unsigned char>(frame[2]), 0x03U);
    socket.close();
    EXPECT_TRUE(wait_for_end(2));
}

TEST_F(StreamTest, AWebSocketTalksAndEnds) {
    auto socket = open_web_socket();
    const std::string head = read_until(socket, "\r\n\r\n");
    EXPECT_TRUE(head.starts_with("HTTP/1.1 101")) << head;
    // The example of RFC 6455, section 1.3.
    EXPECT_NE(head.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), std::string::npos)
        << head;
    // A masked text frame "Hello": RFC 6455, section 5.7.
    boost::asio::write(socket, boost::asio::buffer(std::string(
                                   "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 11)));
    EXPECT_EQ(read_until(socket, "Hello"), "\x81\x0Eyou said Hello");
    socket.close();
    EXPECT_TRUE(wait_for_end());
}

TEST_F(StreamTest, WhatIsNoWebSocketIsToldThatThisPathIsOne) {
    const TestReply reply = send("GET", "/echo");
    EXPECT_EQ(reply.status, 426);
    EXPECT_NE(reply.head.find("Upgrade: websocket"), std::string::npos);
    EXPECT_NE(reply.head.find("Sec-WebSocket-Version: 13"), std::string::npos);
    EXPECT_EQ(send("GET", "/echo", "", "Connection: Upgrade\r\nUpgrade: websocket\r\n").status,
              426);
}

TEST(ServerSentEvent, LinesAreLines) {
    EXPECT_EQ(adapters::server_sent_event("", "a"), "data: a\n\n");
    EXPECT_EQ(adapters::server_sent_event("e", "a\nb\r\nc\rd\n"),
              "event: e\ndata: a\ndata: b\ndata: c\ndata: d\ndata: \n\n");
    EXPECT_EQ(adapters::server_sent_event("e", ""), "event: e\ndata: \n\n");
    EXPECT_EQ(adapters::server_sent_event("e", "a", "7-1"), "id: 7-1\nevent: e\ndata: a\n\n");
}

}  // namespace
}  // namespace studio::testing
