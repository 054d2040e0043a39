#include "services/worker/load_guard.hpp"

#include <gtest/gtest.h>

#include "runtime/virtual_loop.hpp"
#include "services/worker/loop_watch.hpp"
#include "services/worker/worker.hpp"

namespace studio::services {
namespace {

using namespace std::chrono_literals;

TEST(LoadGuard, StopsWhatStaysBadAndGoesBelow) {
    LoadGuard guard;
    const struct {
        milliseconds at;
        LoopLoad load;
        bool is_open;
    } steps[] = {
        {0ms, {2ms, 0, 1'000}, true},
        // The start of many calls: bad for less than two seconds.
        {250ms, {11ms, 0, 1'000}, true},
        {2'000ms, {9ms, 30, 1'000}, true},
        {2'200ms, {7ms, 10, 1'000}, true},
        // Bad again, counted from anew, and for good.
        {2'250ms, {7ms, 11, 1'000}, true},
        {4'249ms, {11ms, 0, 1'000}, true},
        {4'250ms, {7ms, 11, 1'000}, false},
        // Better, but not yet well.
        {4'500ms, {7ms, 0, 1'000}, false},
        {4'750ms, {5ms, 3, 1'000}, false},
        {5'000ms, {5ms, 2, 1'000}, true},
        // So much stops at once, and a loop without calls lags too.
        {5'250ms, {5ms, 201, 1'000}, false},
        {5'500ms, {0ms, 0, 0}, true},
        {5'750ms, {41ms, 0, 0}, false},
    };
    for (const auto& [at, load, is_open] : steps) {
        guard.handle(load, Instant(at));
        EXPECT_EQ(guard.is_open(), is_open) << at.count() << " ms";
    }
}

TEST(LoopWatch, CountsTheLateFramesOfTheLastSecond) {
    runtime::VirtualLoop loop;
    std::uint64_t late = 0;
    std::vector<LoopLoad> loads;
    {
        const LoopWatch watch(
            loop,
            [&late] {
                return LoopWatch::Count{2, late};
            },
            [&loads](const LoopLoad& load) { loads.push_back(load); });
        loop.run_for(500ms);
        late = 8;
        loop.run_for(300ms);
        ASSERT_GE(loads.size(), 2U);
        EXPECT_EQ(loads.back().frames_late, 8U);
        EXPECT_EQ(loads.back().lag, 0ms);
        EXPECT_EQ(loads.back().frames, 100U);
        late = 3;  // A call ended and took its count along.
        loop.run_for(1'100ms);
        EXPECT_EQ(loads.back().frames_late, 0U);
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
