#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "base/entropy.hpp"
#include "contract/queue_world.hpp"

namespace studio::testing {
namespace {

/// What Redis keeps for people only, with no more than the latest 1,000 of each.
class RedisBounds : public ::testing::Test {
protected:
    RedisBounds() : prefix_("bounds-" + SystemEntropy().text(8) + ":") {}

    Task<> fill(std::string list) {
        std::vector<std::string> command{
            "EVAL", "for i = 1, 1200 do redis.call('RPUSH', ARGV[1], 'junk' .. i) end return 1",
            "0", prefix_ + list};
        EXPECT_TRUE((co_await connections_.client.run(std::move(command))).has_value());
    }
    Task<std::string> at(std::string list, std::string index) {
        std::vector<std::string> command{"LINDEX", prefix_ + list, std::move(index)};
        const auto answer = co_await connections_.client.run(std::move(command));
        co_return answer ? answer->text : std::string("no answer");
    }
    Task<std::optional<Lease>> take() {
        TakeRequest request;
        request.worker_id = "w";
        request.worker_calls_max = 10;
        request.lease_duration = seconds(2);
        auto lease = co_await world_.queue().take(std::move(request), milliseconds(0));
        EXPECT_TRUE(lease.has_value());
        co_return std::move(*lease);
    }

    RedisConnections connections_;
    std::string prefix_;
    RedisQueueWorld world_{connections_, prefix_};
};

TEST_F(RedisBounds, WhatIsNoJobIsKeptWithinABound) {
    const auto task = [this]() -> Task<> {
        co_await fill("call-queue");
        const auto lease = co_await take();
        EXPECT_FALSE(lease.has_value());
        EXPECT_EQ(co_await at("call-corrupt", "0"), "junk201");
        EXPECT_EQ(co_await at("call-corrupt", "999"), "junk1200");
        EXPECT_EQ(co_await at("call-queue", "0"), "");
        co_await world_.lose_memory();
    };
    connections_.run(task());
}

TEST_F(RedisBounds, DeadJobsAreKeptWithinABound) {
    const auto task = [this]() -> Task<> {
        co_await fill("call-dead");
        core::Job job{CallId("c"), TenantId("t"), "waiter", "call-c", 1, world_.now()};
        const auto pushed = co_await world_.queue().push(std::move(job), AdmissionLimits{});
        EXPECT_TRUE(pushed.has_value());
        for (bool waits = true; waits;) {
            const auto lease = co_await take();
            if (!lease) {
                ADD_FAILURE() << "the job is gone";
                co_return;
            }
            const LeaseKey key{lease->job.call_id, lease->fencing_token};
            const auto released = co_await world_.queue().release(key, true);
            EXPECT_TRUE(released.has_value());
            waits = released && *released;
        }
        EXPECT_EQ(co_await at("call-dead", "0"), "junk202");
        EXPECT_NE((co_await at("call-dead", "999")).find("waiter"), std::string::npos);
        co_await world_.lose_memory();
    };
    connections_.run(task());
}

}  // namespace
}  // namespace studio::testing
