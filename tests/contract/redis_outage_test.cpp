#include <gtest/gtest.h>

#include "adapters/redis/redis_call_journal.hpp"
#include "adapters/redis/redis_event_bus.hpp"
#include "contract/queue_world.hpp"

namespace studio::testing {
namespace {

using adapters::RedisCallJournal;
using adapters::RedisEventBus;
using adapters::RedisJobQueue;

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

struct Heard final : EventListener {
    void on_call_event(const CallEvent& event) override { types.push_back(event.type); }
    void on_gap() override { ++gaps; }
    std::vector<std::string> types;
    int gaps = 0;
};

TEST_F(RedisOutage, OperationsFailSoonAndWorkAgain) {
    const auto scenario = [&]() -> Task<> {
        co_await forget_everything();
        RedisEventBus bus(connections_.client);
        Heard heard;
        const auto subscription = bus.subscribe(TenantId("t"), heard);
        EXPECT_TRUE(co_await queue_.push(job("a"), {}));
        const auto lease = co_await queue_.take(worker(), milliseconds(0));
        EXPECT_TRUE(lease && *lease);
        co_await pause(200);
        EXPECT_EQ(heard.gaps, 1);
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
        EXPECT_GE(heard.gaps, 2);
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

}  // namespace
}  // namespace studio::testing
