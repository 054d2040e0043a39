#include "services/operations/health.hpp"

#include <gtest/gtest.h>

#include "runtime/virtual_loop.hpp"

namespace studio::services {
namespace {

class HealthTest : public ::testing::Test {
protected:
    HealthTest() {
        health_.add("database", true, [this] { return answer(database_); });
        health_.add("redis", false, [this] { return answer(redis_); });
    }

    struct Dependency {
        bool healthy = true;
        milliseconds delay{0};
        int probes = 0;
    };

    Task<bool> answer(Dependency& dependency) {
        ++dependency.probes;
        const bool healthy = dependency.healthy;
        [[maybe_unused]] const bool slept = co_await runtime::sleep_for(loop_, dependency.delay);
        co_return healthy;
    }

    HealthReport look() {
        loop_.post([this] { scope_.spawn(keep_report()); });
        loop_.run_for(seconds(2));
        return report_;
    }
    Task<void> keep_report() {
        started_at_ = loop_.now();
        report_ = co_await health_.look();
        took_ = loop_.now() - started_at_;
    }

    runtime::VirtualLoop loop_;
    runtime::TaskScope scope_{loop_};
    Dependency database_;
    Dependency redis_;
    Health health_{loop_};
    HealthReport report_;
    Instant started_at_{};
    nanoseconds took_{};
};

TEST_F(HealthTest, FollowsWhatItDependsOnThereAndBack) {
    EXPECT_STREQ(look().status(), "healthy");
    redis_.healthy = false;
    EXPECT_STREQ(look().status(), "degraded");
    EXPECT_TRUE(report_.is_ready());
    database_.healthy = false;
    EXPECT_STREQ(look().status(), "unhealthy");
    EXPECT_FALSE(report_.is_ready());
    database_.healthy = redis_.healthy = true;
    EXPECT_STREQ(look().status(), "healthy");
    EXPECT_TRUE(report_.is_ready());
}

TEST_F(HealthTest, AProbeThatHangsCountsAsFailedAndIsNotStartedTwice) {
    database_.delay = seconds(5);
    EXPECT_FALSE(look().is_ready());
    EXPECT_LE(took_, milliseconds(1'010));
    EXPECT_FALSE(look().is_ready());
    EXPECT_EQ(database_.probes, 1);
    loop_.run_for(seconds(5));
    database_.delay = milliseconds(0);
    EXPECT_TRUE(look().is_ready());
}

TEST_F(HealthTest, ManyLooksAtOnceAreOneProbe) {
    database_.delay = milliseconds(20);
    loop_.post([this] {
        for (int index = 0; index < 10; ++index) {
            scope_.spawn(keep_report());
        }
    });
    loop_.run_for(milliseconds(100));
    EXPECT_EQ(database_.probes, 1);
    EXPECT_TRUE(report_.is_ready());
}

TEST_F(HealthTest, WhatMayBeAwayLaterMustHaveBeenThereOnce) {
    Dependency queue;
    queue.healthy = false;
    health_.add_for_start("queue", [this, &queue] { return answer(queue); });
    EXPECT_FALSE(look().is_ready());
    EXPECT_STREQ(report_.status(), "unhealthy");
    queue.healthy = true;
    EXPECT_TRUE(look().is_ready());
    queue.healthy = false;
    EXPECT_TRUE(look().is_ready());
    EXPECT_STREQ(report_.status(), "degraded");
}

TEST_F(HealthTest, DrainingIsNotReady) {
    health_.start_draining();
    EXPECT_FALSE(look().is_ready());
    EXPECT_STREQ(report_.status(), "degraded");
}

}  // namespace
}  // namespace studio::services
