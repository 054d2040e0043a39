#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "adapters/redis/redis_rate_counter.hpp"
#include "base/entropy.hpp"
#include "contract/queue_world.hpp"
#include "services/accounts/local_rate_counter.hpp"

namespace studio::testing {
namespace {

/// The counter of one implementation; `other` is the same seen by another server.
class CounterWorld {
public:
    virtual ~CounterWorld() = default;
    virtual RateCounter& counter() = 0;
    virtual RateCounter& other() = 0;
    virtual runtime::Loop& loop() = 0;
    virtual void run(Task<> task) = 0;
};

class LocalCounterWorld final : public CounterWorld {
public:
    RateCounter& counter() override { return counter_; }
    RateCounter& other() override { return counter_; }
    runtime::Loop& loop() override { return loop_; }
    void run(Task<> task) override {
        runtime::TaskScope scope(loop_);
        scope.spawn(std::move(task));
        while (scope.size() != 0 && loop_.run_next()) {
        }
    }

private:
    runtime::VirtualLoop loop_;
    services::LocalRateCounter counter_{loop_};
};

class RedisCounterWorld final : public CounterWorld {
public:
    RateCounter& counter() override { return counter_; }
    RateCounter& other() override { return other_; }
    runtime::Loop& loop() override { return connections_.loop; }
    void run(Task<> task) override { connections_.run(std::move(task)); }

private:
    RedisConnections connections_;
    std::string prefix_ = "rate-" + SystemEntropy().text(8) + ":";
    adapters::RedisRateCounter counter_{connections_.client, prefix_};
    adapters::RedisRateCounter other_{connections_.other, prefix_};
};

class RateCounterContract : public ::testing::TestWithParam<const char*> {
protected:
    RateCounterContract() {
        if (std::string(GetParam()) == "redis") {
            world_ = std::make_unique<RedisCounterWorld>();
        } else {
            world_ = std::make_unique<LocalCounterWorld>();
        }
    }
    static Task<> count_into(RateCounter& counter, std::vector<std::uint64_t>& counts) {
        const auto counted = co_await counter.count("key", seconds{60});
        EXPECT_TRUE(counted.has_value());
        counts.push_back(counted->count);
        EXPECT_GT(counted->left, seconds{30});
        EXPECT_LE(counted->left, seconds{60});
    }

    std::unique_ptr<CounterWorld> world_;
};

TEST_P(RateCounterContract, OfSimultaneousCountsOfTwoServersEachGetsItsNumber) {
    std::vector<std::uint64_t> counts;
    const auto task = [this, &counts]() -> Task<> {
        runtime::TaskScope scope(world_->loop());
        for (int each = 0; each < 50; ++each) {
            scope.spawn(count_into(world_->counter(), counts));
            scope.spawn(count_into(world_->other(), counts));
        }
        co_await scope.close();
    };
    world_->run(task());
    std::sort(counts.begin(), counts.end());
    std::vector<std::uint64_t> each(100);
    std::iota(each.begin(), each.end(), 1);
    EXPECT_EQ(counts, each);
}

TEST_P(RateCounterContract, AWindowEndsAndNamesAreApart) {
    const auto task = [this]() -> Task<> {
        const milliseconds window{40};
        const auto first = co_await world_->counter().count("short", window);
        EXPECT_EQ(first->count, 1U);
        EXPECT_LE(first->left, window);
        const auto second = co_await world_->other().count("short", seconds{60});
        EXPECT_EQ(second->count, 2U);
        // What began it says how long it lasts.
        EXPECT_LE(second->left, window);
        const auto else_where = co_await world_->counter().count("other", window);
        EXPECT_EQ(else_where->count, 1U);
        [[maybe_unused]] const bool slept =
            co_await runtime::sleep_for(world_->loop(), window + milliseconds{20});
        const auto anew = co_await world_->counter().count("short", window);
        EXPECT_EQ(anew->count, 1U);
    };
    world_->run(task());
}

INSTANTIATE_TEST_SUITE_P(All, RateCounterContract, ::testing::Values("local", "redis"));

}  // namespace
}  // namespace studio::testing
