#include "adapters/livekit_agent/livekit_job_source.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "ports/room_names.hpp"
#include "runtime/virtual_loop.hpp"

namespace studio::adapters {
namespace {

/// Protobuf by hand, for messages of a few short fields.
std::string field(unsigned number, std::string_view bytes) {
    std::string text;
    text += static_cast<char>(number << 3U | 2U);
    text += static_cast<char>(bytes.size());
    return text += bytes;
}
std::string job(std::string_view id, std::string_view room) {
    return field(1, id) + field(3, field(2, room)) + field(6, "order-desk");
}
const std::string registered = field(1, field(1, "AW_1"));
std::string offer(std::string_view id, std::string_view room = "lobby") {
    return field(2, field(1, job(id, room)));
}
std::string assignment(std::string_view id) {
    return field(3, field(1, job(id, "lobby")) + field(3, "token"));
}
std::string termination(std::string_view id) {
    return field(5, field(1, id));
}

class FakeWebSockets final : public WebSocketClient {
public:
    class Socket final : public WebSocket {
    public:
        explicit Socket(FakeWebSockets& client) : client_(client) {}
        ~Socket() override { ++client_.closed; }
        bool send(std::string_view bytes, WebSocketMessage) override {
            client_.sent.emplace_back(bytes);
            return true;
        }
        std::size_t queued_bytes() const override { return 0; }

    private:
        FakeWebSockets& client_;
    };
    std::unique_ptr<WebSocket> open(WebSocketRequest request, WebSocketListener& given) override {
        listener = &given;
        requests.push_back(std::move(request));
        return std::make_unique<Socket>(*this);
    }

    WebSocketListener* listener = nullptr;
    std::vector<WebSocketRequest> requests;
    std::vector<std::string> sent;
    int closed = 0;
};

class FakeTaker final : public RoomJobTaker {
public:
    std::optional<std::string> try_reserve(const RoomJob& offered) override {
        if (active >= max) {
            return std::nullopt;
        }
        ++active;
        return "agent-" + offered.job_id;
    }
    void release(const std::string& job_id) override {
        --active;
        released.push_back(job_id);
    }
    void assign(RoomJob given) override {
        assigned.push_back(std::move(given));
        // As a worker may: it reports from inside.
        source->report_running(assigned.back().job_id);
    }
    void terminate(const std::string& job_id) override { terminated.push_back(job_id); }
    WorkerLoad load() const override { return {active, max, true}; }

    RoomJobSource* source = nullptr;
    std::uint32_t active = 0;
    std::uint32_t max = 1;
    std::vector<std::string> released;
    std::vector<RoomJob> assigned;
    std::vector<std::string> terminated;
};

class LivekitJobSourceTest : public testing::Test {
protected:
    LivekitJobSourceTest() {
        taker.source = &source;
        source.start(taker);
        client.listener->on_web_socket_open();
        tell(registered);
        client.sent.clear();
    }
    void tell(const std::string& bytes) {
        client.listener->on_web_socket_message(bytes, WebSocketMessage::binary);
    }

    runtime::VirtualLoop loop;
    FakeWebSockets client;
    FakeTaker taker;
    LivekitJobSource source{loop,
                            client,
                            {.url = "http://media:7880/",
                             .key = {"APIkey", Secret<std::string>("secret")},
                             .worker = {.agent_name = "studio"}}};
};

TEST_F(LivekitJobSourceTest, ConnectsAsAnAgent) {
    ASSERT_EQ(client.requests.size(), 1U);
    EXPECT_EQ(client.requests[0].url, "ws://media:7880/agent?protocol=1");
    const std::string& header = client.requests[0].authorization.reveal();
    ASSERT_TRUE(header.starts_with("Bearer "));
    const auto claims = jwt::parse_livekit_token(
        header.substr(7), {"APIkey", Secret<std::string>("secret")}, loop.wall_now());
    ASSERT_TRUE(claims.has_value());
    EXPECT_TRUE(claims->video->agent);
    EXPECT_TRUE(source.is_registered());
}

TEST_F(LivekitJobSourceTest, AnswersInlineAndHandsTheJobOver) {
    tell(offer("AJ_1"));
    ASSERT_EQ(client.sent.size(), 2U) << "the answer, and the load at once";
    EXPECT_NE(client.sent[0].find("agent-AJ_1"), std::string::npos);
    tell(offer("AJ_2"));
    EXPECT_EQ(client.sent.size(), 3U) << "no place: a no, and no new load";
    tell(assignment("AJ_1"));
    ASSERT_EQ(taker.assigned.size(), 1U);
    EXPECT_EQ(taker.assigned[0].room_name, "lobby");
    EXPECT_EQ(taker.assigned[0].metadata, "order-desk");
    EXPECT_EQ(taker.assigned[0].token.reveal(), "token");
    EXPECT_EQ(client.sent.size(), 4U) << "running";
    tell(termination("AJ_1"));
    EXPECT_EQ(taker.terminated, std::vector<std::string>{"AJ_1"});
    source.report_finished("AJ_1", "");
    EXPECT_EQ(client.sent.size(), 5U);
}

TEST_F(LivekitJobSourceTest, GivesThePlaceBackWhereTheJobWentElsewhere) {
    tell(offer("AJ_1"));
    loop.run_for(seconds(8));
    EXPECT_EQ(taker.released, std::vector<std::string>{"AJ_1"});
    EXPECT_EQ(taker.active, 0U);
}

TEST_F(LivekitJobSourceTest, LeavesRoomsThatWereMadeForACallToTheQueue) {
    tell(offer("AJ_1", own_room_of(CallId("7"))));
    EXPECT_EQ(taker.active, 0U);
    EXPECT_EQ(client.sent.size(), 1U) << "a no";
    tell(offer("AJ_2"));
    EXPECT_EQ(taker.active, 1U);
}

TEST_F(LivekitJobSourceTest, RefusesWhileItDrains) {
    source.drain();
    EXPECT_EQ(client.sent.size(), 1U);
    tell(offer("AJ_1"));
    EXPECT_EQ(taker.active, 0U);
}

TEST_F(LivekitJobSourceTest, RegistersAgainAfterACut) {
    client.listener->on_web_socket_end({});
    EXPECT_FALSE(source.is_registered());
    EXPECT_EQ(client.closed, 1);
    loop.run_for(seconds(1));
    ASSERT_EQ(client.requests.size(), 2U);
    client.listener->on_web_socket_open();
    tell(registered);
    EXPECT_TRUE(source.is_registered());
}

}  // namespace
}  // namespace studio::adapters
