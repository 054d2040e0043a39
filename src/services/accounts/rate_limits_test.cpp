#include "services/accounts/rate_limits.hpp"

#include <gtest/gtest.h>

#include "runtime/task_scope.hpp"
#include "runtime/virtual_loop.hpp"
#include "services/accounts/local_rate_counter.hpp"

namespace studio::services {
namespace {

/// Is away, and counts how often it is asked.
class AbsentCounter final : public RateCounter {
public:
    Task<Result<RateCount, RateCounterError>> count(std::string, milliseconds) override {
        ++asked;
        co_return fail(RateCounterError::unavailable);
    }
    int asked = 0;
};

class RateLimitsTest : public ::testing::Test {
protected:
    static Task<> take_into(RateLimits& limits, const Principal& who,
                            std::optional<RateVerdict>& verdict) {
        verdict = co_await limits.take(who);
    }
    std::optional<RateVerdict> take(RateLimits& limits, const Principal& who) {
        std::optional<RateVerdict> verdict;
        runtime::TaskScope scope(loop_);
        scope.spawn(take_into(limits, who, verdict));
        loop_.run_for(milliseconds{0});
        return verdict;
    }
    static Principal key(std::string id, std::optional<unsigned> limit = std::nullopt) {
        Principal who;
        who.id = std::move(id);
        who.rate_limit = limit;
        return who;
    }

    runtime::VirtualLoop loop_;
    LocalRateCounter counter_{loop_, 3};
};

TEST_F(RateLimitsTest, AKeyHasItsMinuteAndThenTheNext) {
    RateLimits limits({.per_minute = 2}, counter_, loop_);
    EXPECT_EQ(take(limits, key("a"))->remaining, 1U);
    loop_.run_for(seconds{59});
    const auto second = take(limits, key("a"));
    EXPECT_TRUE(second->is_admitted);
    EXPECT_EQ(second->remaining, 0U);
    EXPECT_EQ(second->left, seconds{1});
    EXPECT_EQ(second->reset_at, loop_.wall_now() + seconds{1});
    EXPECT_FALSE(take(limits, key("a"))->is_admitted);
    EXPECT_TRUE(take(limits, key("b"))->is_admitted);
    loop_.run_for(milliseconds{999});
    EXPECT_FALSE(take(limits, key("a"))->is_admitted);
    loop_.run_for(milliseconds{1});
    EXPECT_EQ(take(limits, key("a"))->remaining, 1U);
}

TEST_F(RateLimitsTest, AKeysOwnLimitCountsBeforeThatOfTheServer) {
    RateLimits limits({.per_minute = 2}, counter_, loop_);
    EXPECT_EQ(take(limits, key("a", 7))->limit, 7U);
    RateLimits none({}, counter_, loop_);
    EXPECT_FALSE(take(none, key("b")));
    EXPECT_EQ(take(none, key("b", 7))->remaining, 6U);
}

TEST_F(RateLimitsTest, WithoutTheCounterRequestsGoOnAndItIsAskedRarely) {
    AbsentCounter away;
    RateLimits limits({.per_minute = 1}, away, loop_);
    Counter& skipped = metrics().counter("studio_rate_limit_skipped_total", "");
    const auto before = skipped.value();
    for (int more = 0; more < 5; ++more) {
        EXPECT_FALSE(take(limits, key("a")));
    }
    EXPECT_EQ(away.asked, 1);
    EXPECT_EQ(skipped.value(), before + 5);
    loop_.run_for(seconds{1});
    EXPECT_FALSE(take(limits, key("a")));
    EXPECT_EQ(away.asked, 2);
}

TEST_F(RateLimitsTest, TheWindowsThatAreKeptAreBounded) {
    RateLimits limits({.per_minute = 1}, counter_, loop_);
    for (const char* name : {"a", "b", "c"}) {
        EXPECT_TRUE(take(limits, key(name))->is_admitted);
        loop_.run_for(seconds{1});
    }
    EXPECT_FALSE(take(limits, key("a"))->is_admitted);
    // A fourth: the one that ends first is forgotten, the others are not.
    EXPECT_TRUE(take(limits, key("d"))->is_admitted);
    EXPECT_FALSE(take(limits, key("b"))->is_admitted);
    EXPECT_FALSE(take(limits, key("c"))->is_admitted);
    EXPECT_TRUE(take(limits, key("a"))->is_admitted);
}

}  // namespace
}  // namespace studio::services
