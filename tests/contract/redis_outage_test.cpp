#include <gtest/gtest.h>

#include "adapters/redis/internal/redis_link.hpp"
#include "adapters/redis/redis_call_journal.hpp"
#include "adapters/redis/redis_event_bus.hpp"
#include "contract/queue_world.hpp"

namespace studio::testing {
namespace {

using adapters::RedisCallJournal;
using adapters::RedisEventBus;
using adapters::RedisJobQueue;

/// A connection of an administrator, who gets on with the server whatever state it is in. Blocks.
class Administrator {
public:
    Administrator() {
        const auto options =
            adapters::parse_redis_url(server_address("STUDIO_TEST_REDIS_URL")).value();
        handle_ = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in target{};
        target.sin_family = AF_INET;
        target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        target.sin_port = htons(options.port);
        EXPECT_EQ(::connect(handle_, reinterpret_cast<const sockaddr*>(&target), sizeof target), 0);
        EXPECT_EQ(tell("AUTH " + options.password.reveal()), "+OK");
    }
    ~Administrator() { ::close(handle_); }

    /// Redis counts its connections.
    int client_id() { return std::stoi(tell("CLIENT ID").substr(1)); }
    /// The first line of the answer.
    std::string tell(const std::string& command) {
        const std::string line = command + "\r\n";
        static_cast<void>(::send(handle_, line.data(), line.size(), MSG_NOSIGNAL));
        std::string answer;
        char letter = 0;
        while (::recv(handle_, &letter, 1, 0) == 1 && letter != '\n') {
            answer += letter;
        }
        return answer.substr(0, answer.find('\r'));
    }

private:
    int handle_ = -1;
};

/// The real server, killed and restarted, on real time.
class RedisOutage : public ::testing::Test {
protected:
    static core::Job job(const std::string& id) {
        return {CallId(id), TenantId("t"), "agent", "call-" + id, 1, WallTime{seconds{1}}};
    }
    TakeRequest worker() { return {.worker_id = "w", .worker_calls_max = 9, .agents = {}}; }
    Task<> pause(int duration_ms) {
        static_cast<void>(
            co_await runtime::sleep_for(connections_.loop, milliseconds(duration_ms)));
    }
    Task<> forget_everything() {
        std::vector<std::string> command(1, "FLUSHALL");
        EXPECT_TRUE((co_await connections_.client.run(std::move(command))).has_value());
    }

    RedisConnections connections_;
    RedisJobQueue queue_{connections_.client};
    RedisCallJournal journal_{connections_.client};
};

struct Heard final : adapters::RedisChannelListener {
    void on_channel_message(std::string_view payload) override {
        types.push_back(member_text(*parse_json(payload), "type"));
    }
    void on_channel_up() override { ++ups; }
    std::vector<std::string> types;
    /// How often the channel began to be heard.
    int ups = 0;
};

TEST_F(RedisOutage, OperationsFailSoonAndWorkAgain) {
    const auto scenario = [&]() -> Task<> {
        co_await forget_everything();
        RedisEventBus bus(connections_.client);
        Heard heard;
        const auto channel = connections_.client.listen("call-events:t", heard);
        EXPECT_TRUE(co_await queue_.push(job("a"), {}));
        const auto lease = co_await queue_.take(worker(), milliseconds(0));
        EXPECT_TRUE(lease && *lease);
        co_await pause(200);
        EXPECT_EQ(heard.ups, 1);
        EXPECT_EQ(control_server("kill redis"), "ok");
        co_await pause(100);
        const Instant before = connections_.loop.now();
        EXPECT_EQ((co_await queue_.push(job("b"), {})).error(), QueueError::unavailable);
        const LeaseKey key{CallId("a"), (*lease)->fencing_token};
        EXPECT_EQ((co_await journal_.save(key, "text")).error(), JournalError::unavailable);
        EXPECT_FALSE(co_await connections_.client.ping());
        EXPECT_LT(connections_.loop.now() - before, milliseconds(500));
        EXPECT_EQ(control_server("start redis"), "ok");
        co_await pause(1'300);
        EXPECT_TRUE(co_await connections_.client.ping());
        // Whatever Redis remembers, the holder goes on and the call is not put back.
        const auto reaped = co_await queue_.reap();
        EXPECT_TRUE(reaped && reaped->put_back.empty());
        std::vector<Lease> leases(1, **lease);
        const auto renewed = co_await queue_.renew("w", std::move(leases), milliseconds(2'000));
        EXPECT_TRUE(renewed && renewed->stale.empty());
        EXPECT_EQ((co_await queue_.depth())->leased, 1);
        EXPECT_GE(heard.ups, 2);
        CallEvent event{TenantId("t"), CallId("a"), "call.ended", "", JsonObject{}};
        EXPECT_TRUE((co_await bus.publish(std::move(event))).has_value());
        co_await pause(100);
        EXPECT_EQ(heard.types, std::vector<std::string>{"call.ended"});
        EXPECT_TRUE((co_await queue_.acknowledge(key)).has_value());
    };
    connections_.run(scenario());
}

TEST_F(RedisOutage, AServerThatForgotEverythingIsTold) {
    const auto scenario = [&]() -> Task<> {
        co_await forget_everything();
        EXPECT_TRUE(co_await queue_.push(job("a"), {}));
        const auto lease = co_await queue_.take(worker(), milliseconds(0));
        EXPECT_TRUE(lease && *lease);
        co_await forget_everything();
        std::vector<Lease> leases(1, **lease);
        const auto renewed = co_await queue_.renew("w", std::move(leases), milliseconds(2'000));
        EXPECT_TRUE(renewed && renewed->stale.empty());
        EXPECT_TRUE(co_await queue_.push(job("b"), {}));
        const auto next = co_await queue_.take(worker(), milliseconds(0));
        EXPECT_TRUE(next && *next && (*next)->fencing_token > (*lease)->fencing_token);
    };
    connections_.run(scenario());
}

TEST_F(RedisOutage, AServerThatStandsStillIsNotWaitedFor) {
    const auto scenario = [&]() -> Task<> {
        EXPECT_TRUE(co_await connections_.client.ping());
        EXPECT_EQ(control_server("pause redis"), "ok");
        const Instant before = connections_.loop.now();
        EXPECT_EQ((co_await queue_.depth()).error(), QueueError::unavailable);
        EXPECT_LT(connections_.loop.now() - before, milliseconds(2'500));
        EXPECT_EQ(control_server("resume redis"), "ok");
        co_await pause(1'500);
        EXPECT_TRUE(co_await connections_.client.ping());
    };
    connections_.run(scenario());
}

TEST_F(RedisOutage, AServerThatBecameAReplicaIsALostConnection) {
    const auto scenario = [&]() -> Task<> {
        co_await forget_everything();
        Heard heard;
        const auto channel = connections_.client.listen("call-events:t", heard);
        EXPECT_TRUE(co_await connections_.client.ping());
        co_await pause(200);
        Administrator administrator;
        // The connections stay open, as after a failover in which nobody died.
        EXPECT_EQ(administrator.tell("REPLICAOF 127.0.0.1 1"), "+OK");
        EXPECT_EQ((co_await queue_.push(job("a"), {})).error(), QueueError::unavailable);
        EXPECT_FALSE(connections_.client.connected_since());
        EXPECT_FALSE(co_await connections_.client.ping());
        // It tries on, with pauses: 50, 100, 200, 400 … ms; each connection has the next number.
        const int before = Administrator().client_id();
        co_await pause(1'500);
        EXPECT_LT(Administrator().client_id() - before, 20);
        EXPECT_FALSE(co_await connections_.client.ping());
        EXPECT_EQ(administrator.tell("REPLICAOF NO ONE"), "+OK");
        co_await pause(1'300);
        EXPECT_TRUE(co_await connections_.client.ping());
        EXPECT_TRUE(co_await queue_.push(job("b"), {}));
        EXPECT_GE(heard.ups, 2);
    };
    connections_.run(scenario());
}

TEST_F(RedisOutage, AMasterThatLostItsReplicasIsALostConnection) {
    const auto scenario = [&]() -> Task<> {
        co_await forget_everything();
        EXPECT_TRUE(co_await connections_.client.ping());
        Administrator administrator;
        // As the old one after a failover in which nobody died: it stands, and takes nothing.
        EXPECT_EQ(administrator.tell("CONFIG SET min-replicas-to-write 1"), "+OK");
        EXPECT_EQ((co_await queue_.push(job("a"), {})).error(), QueueError::unavailable);
        EXPECT_FALSE(connections_.client.connected_since());
        EXPECT_FALSE(co_await connections_.client.ping());
        EXPECT_EQ(administrator.tell("CONFIG SET min-replicas-to-write 0"), "+OK");
        co_await pause(1'300);
        EXPECT_TRUE(co_await connections_.client.ping());
        EXPECT_TRUE(co_await queue_.push(job("b"), {}));
    };
    connections_.run(scenario());
}

TEST_F(RedisOutage, AServerWithoutRoomIsNoHealthyOneAndKeepsItsConnection) {
    const auto scenario = [&]() -> Task<> {
        EXPECT_TRUE(co_await connections_.client.ping());
        const Deadline since = connections_.client.connected_since();
        Administrator administrator;
        EXPECT_EQ(administrator.tell("CONFIG SET maxmemory 1"), "+OK");
        EXPECT_FALSE(co_await connections_.client.ping());
        EXPECT_EQ(connections_.client.connected_since(), since);
        EXPECT_EQ(administrator.tell("CONFIG SET maxmemory 0"), "+OK");
        EXPECT_TRUE(co_await connections_.client.ping());
    };
    connections_.run(scenario());
}

TEST_F(RedisOutage, AWrongPasswordIsNeverHealthy) {
    const auto scenario = [&]() -> Task<> {
        adapters::RedisOptions options =
            adapters::parse_redis_url(server_address("STUDIO_TEST_REDIS_URL")).value();
        for (const char* password : {"", "wrong"}) {
            options.password = Secret<std::string>(password);
            adapters::RedisClient client(connections_.loop, options);
            EXPECT_FALSE(co_await client.ping());
            EXPECT_FALSE(client.connected_since());
        }
    };
    connections_.run(scenario());
}

TEST(RedisRejection, IsToldFromOtherErrors) {
    using Kind = adapters::RedisValue::Kind;
    const std::pair<const char*, const char*> cases[] = {
        {"READONLY You can't write against a read only replica.", "READONLY"},
        {"READONLY You can't write against a read only replica. script: 1f, on @user_script:8.",
         "READONLY"},
        {"ERR Error running script (call to f_1f): @user_script:8: -READONLY You can't write",
         "READONLY"},
        {"LOADING Redis is loading the dataset in memory", "LOADING"},
        {"MASTERDOWN Link with MASTER is down", "MASTERDOWN"},
        {"CLUSTERDOWN The cluster is down", "CLUSTERDOWN"},
        {"NOREPLICAS Not enough good replicas to write.", "NOREPLICAS"},
        {"NOREPLICAS Not enough good replicas to write. script: 1f, on @user_script:8.",
         "NOREPLICAS"},
        {"NOAUTH Authentication required.", "NOAUTH"},
        {"WRONGPASS invalid username-password pair", "WRONGPASS"},
        {"OOM command not allowed", ""},
        {"NOSCRIPT No matching script.", ""},
        {"ERR unknown command 'READONLY'", ""},
        {"READONLYISH no such code", ""},
    };
    for (const auto& [text, code] : cases) {
        EXPECT_EQ(adapters::rejection_of({.kind = Kind::error, .text = text}), code) << text;
    }
    EXPECT_EQ(adapters::rejection_of({.kind = Kind::text, .text = "READONLY x"}), "");
}

}  // namespace
}  // namespace studio::testing
