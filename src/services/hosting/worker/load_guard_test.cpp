#include "services/hosting/worker/load_guard.hpp"

#include <gtest/gtest.h>

#include "runtime/virtual_loop.hpp"
#include "services/hosting/worker/loop_watch.hpp"
#include "services/hosting/worker/worker.hpp"

namespace studio::services {
namespace {

using namespace std::chrono_literals;

LoopLoad load_of(double core, milliseconds lag = 1ms, std::uint64_t gapped = 0,
                 std::uint64_t late = 0) {
    return {.lag = lag,
            .frames_late = late,
            .frames_gapped = gapped,
            .frames = 1'000,
            .calls = 20,
            .core = core};
}

class LoadGuardTest : public testing::Test {
protected:
    /// Reports every quarter of a second for so long; how often the door changed.
    int report(const LoopLoad& load, milliseconds duration) {
        int changes = 0;
        for (milliseconds passed = 0ms; passed < duration; passed += 250ms) {
            now_ += 250ms;
            const bool was_open = guard_.is_open();
            guard_.handle(load, now_);
            changes += guard_.is_open() != was_open ? 1 : 0;
        }
        return changes;
    }

    LoadGuard guard_;
    Instant now_{1h};
};

TEST_F(LoadGuardTest, JitterThatReceiversBufferClosesNothing) {
    // What closed the door of a machine that was half idle: 5 % of the frames later than 10 ms.
    EXPECT_EQ(report(load_of(0.4, 18ms, 0, 50), 60s), 0);
    EXPECT_TRUE(guard_.is_open());
}

TEST_F(LoadGuardTest, ClosesForWhatMattersAndTellsWhat) {
    const std::pair<LoopLoad, LoadReason> cases[] = {
        {load_of(0.5, 1ms, 6), LoadReason::gaps},
        {load_of(0.95), LoadReason::core_full},
        {load_of(0.5, 70ms), LoadReason::late},
    };
    for (const auto& [load, reason] : cases) {
        guard_ = LoadGuard();
        EXPECT_EQ(report(load, 2s), 0) << "many calls begin";
        report(load_of(0.5), 250ms);
        EXPECT_EQ(report(load, 2s), 0) << "counted from anew";
        EXPECT_EQ(report(load, 500ms), 1);
        EXPECT_EQ(guard_.reason(), reason);
        EXPECT_EQ(guard_.places(), 0U);
    }
}

TEST_F(LoadGuardTest, ClosesAtOnceForVeryMuch) {
    for (const LoopLoad& load : {load_of(0.5, 1ms, 51), load_of(0.5, 251ms)}) {
        guard_ = LoadGuard();
        EXPECT_EQ(report(load, 250ms), 1);
    }
}

TEST_F(LoadGuardTest, OpensWhenAllIsWellForAWhile) {
    report(load_of(0.95), 3s);
    // Better, but not well.
    EXPECT_EQ(report(load_of(0.85), 60s), 0);
    EXPECT_EQ(report(load_of(0.7), 2s), 0);
    EXPECT_EQ(report(load_of(0.85), 250ms), 0);
    EXPECT_EQ(report(load_of(0.7), 3s), 0);
    EXPECT_EQ(report(load_of(0.7), 250ms), 1);
    EXPECT_EQ(guard_.reason(), LoadReason::none);
}

/// Calls come as long as the door is open, and each costs 1 %: the load swings about the limit.
TEST_F(LoadGuardTest, DoesNotFlapAtItsLimit) {
    int changes = 0;
    double core = 0.5;
    for (int step = 0; step < 4 * 600; ++step) {
        changes += report(load_of(core), 250ms);
        core += guard_.is_open() ? 0.02 : -0.01;
        core = std::clamp(core, 0.0, 1.0);
    }
    EXPECT_LT(changes, 30) << "in ten minutes";
}

TEST_F(LoadGuardTest, TakesNoMoreThanFitsUntilTheNextReport) {
    report(load_of(0.5), 250ms);
    // 20 calls cost 2.5 % each.
    EXPECT_EQ(guard_.places(), 16U);
    report(load_of(0.89), 250ms);
    EXPECT_EQ(guard_.places(), 0U);
    LoopLoad idle = load_of(0.01);
    idle.calls = 0;
    report(idle, 250ms);
    EXPECT_EQ(guard_.places(), 222U);
}

TEST(LoopWatch, CountsTheFramesAndTheProcessorOfTheLastSecond) {
    runtime::VirtualLoop loop;
    LoopWatch::Count count{.calls = 2};
    std::vector<LoopLoad> loads;
    {
        const Instant began_at = loop.now();
        const LoopWatch watch(
            loop,
            [&] {
                count.processor_time = (loop.now() - began_at) / 4;
                return count;
            },
            [&loads](const LoopLoad& load) { loads.push_back(load); });
        loop.run_for(500ms);
        count.frames_late = 8;
        count.frames_gapped = 3;
        loop.run_for(300ms);
        ASSERT_GE(loads.size(), 2U);
        EXPECT_EQ(loads.back().frames_late, 8U);
        EXPECT_EQ(loads.back().frames_gapped, 3U);
        EXPECT_EQ(loads.back().lag, 0ms);
        EXPECT_EQ(loads.back().frames, 100U);
        EXPECT_EQ(loads.back().calls, 2U);
        EXPECT_NEAR(loads.back().core, 0.25, 0.001);
        count.frames_late = 3;  // A call ended and took its count along.
        count.frames_gapped = 0;
        loop.run_for(1'100ms);
        EXPECT_EQ(loads.back().frames_late, 0U);
        EXPECT_EQ(loads.back().frames_gapped, 0U);
    }
    EXPECT_EQ(loop.pending(), 0U);
}

TEST(WorkerOptions, AreChecked) {
    EXPECT_TRUE(validate({.worker_id = "w"}).empty());
    EXPECT_EQ(validate({.worker_id = "", .calls_max = 0}).size(), 2U);
    EXPECT_EQ(validate({.worker_id = "w", .renew_interval = 1'500ms}).size(), 1U);
    EXPECT_EQ(default_calls_max(0), 100U);
    EXPECT_EQ(default_calls_max(4), 400U);
}

}  // namespace
}  // namespace studio::services
