#include "services/worker/load_guard.hpp"

#include <gtest/gtest.h>

#include "runtime/virtual_loop.hpp"
#include "services/worker/loop_watch.hpp"
#include "services/worker/worker.hpp"

namespace studio::services {
namespace {

using namespace std::chrono_literals;

TEST(LoadGuard, StopsAboveAndGoesBelow) {
    LoadGuard guard;
    const struct {
        LoopLoad load;
        bool is_open;
    } steps[] = {{{2ms, 0}, true}, {{11ms, 0}, false}, {{7ms, 0}, false}, {{5ms, 2}, false},
                 {{5ms, 1}, true}, {{7ms, 4}, true},   {{1ms, 6}, false}, {{1ms, 0}, true}};
    for (const auto& [load, is_open] : steps) {
        guard.handle(load);
        EXPECT_EQ(guard.is_open(), is_open)
            << to_milliseconds(load.lag) << " ms, " << load.frames_late << " late";
    }
}

TEST(LoopWatch, CountsTheLateFramesOfTheLastSecond) {
    runtime::VirtualLoop loop;
    std::uint64_t late = 0;
    std::vector<LoopLoad> loads;
    {
        const LoopWatch watch(
            loop, [&late] { return late; },
            [&loads](const LoopLoad& load) { loads.push_back(load); });
        loop.run_for(500ms);
        late = 8;
        loop.run_for(300ms);
        ASSERT_GE(loads.size(), 2U);
        EXPECT_EQ(loads.back().frames_late, 8U);
        EXPECT_EQ(loads.back().lag, 0ms);
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
