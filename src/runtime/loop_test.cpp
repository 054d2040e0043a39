#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "base/metric.hpp"
#include "runtime/asio_loop.hpp"
#include "runtime/loop_thread.hpp"
#include "runtime/signals.hpp"
#include "runtime/virtual_loop.hpp"

namespace studio::runtime {
namespace {

TEST(VirtualLoop, RunsEventsByTimeThenByInsertion) {
    VirtualLoop loop;
    const Instant start = loop.now();
    std::string trace;
    const auto note = [&](char mark) { return [&trace, mark] { trace += mark; }; };
    const auto late = loop.start_timer(start + milliseconds(2), note('d'));
    const auto first = loop.start_timer(start + milliseconds(1), note('a'));
    const auto second = loop.start_timer(start + milliseconds(1), note('b'));
    const auto nested = loop.start_timer(start + milliseconds(1), [&] { loop.post(note('c')); });
    loop.run_until(start + milliseconds(1));
    EXPECT_EQ(trace, "abc");
    EXPECT_EQ(loop.now(), start + milliseconds(1));
    EXPECT_TRUE(loop.run_until_idle(start + seconds(1)));
    EXPECT_EQ(trace, "abcd");
    EXPECT_EQ(loop.now(), start + milliseconds(2));
    EXPECT_EQ(loop.event_count(), 5U);
    EXPECT_EQ(loop.pending(), 0U);
}

TEST(VirtualLoop, PostedFunctionsAndTimersOfOneInstantKeepTheirOrder) {
    VirtualLoop loop;
    std::string trace;
    loop.post([&] { trace += 'a'; });
    const auto timer = loop.start_timer(loop.now(), [&] { trace += 'b'; });
    loop.post([&] { trace += 'c'; });
    EXPECT_EQ(trace, "");
    loop.run_for(nanoseconds(0));
    EXPECT_EQ(trace, "abc");
}

TEST(VirtualLoop, WallTimeGoesAlong) {
    VirtualLoop loop;
    const WallTime before = loop.wall_now();
    loop.run_for(seconds(3));
    EXPECT_EQ(loop.wall_now() - before, seconds(3));
    EXPECT_EQ(VirtualLoop().now() + seconds(3), loop.now());
}

TEST(VirtualLoop, StopsATimerThatIsDestroyedOrMovesOneThatIsRestarted) {
    VirtualLoop loop;
    int stopped = 0;
    int moved = 0;
    auto timer = loop.start_timer(loop.now() + seconds(1), [&] { ++stopped; });
    const auto other = loop.start_timer(loop.now() + seconds(1), [&] { ++moved; });
    timer.reset();
    other->restart(loop.now() + seconds(2));
    loop.run_for(seconds(1));
    EXPECT_EQ(moved, 0);
    loop.run_for(seconds(1));
    EXPECT_EQ(moved, 1);
    EXPECT_EQ(stopped, 0);
}

TEST(VirtualLoop, ATimerMayRestartOrDestroyItselfWhileItRuns) {
    VirtualLoop loop;
    int ticks = 0;
    std::unique_ptr<Timer> timer;
    timer = loop.start_timer(loop.now(), [&] {
        if (++ticks == 3) {
            timer.reset();
        } else {
            timer->restart(loop.now() + milliseconds(20));
        }
    });
    EXPECT_TRUE(loop.run_until_idle(loop.now() + seconds(1)));
    EXPECT_EQ(ticks, 3);
}

TEST(VirtualLoop, ManyTimersStoppedInAnyOrderLeaveTheRestSorted) {
    VirtualLoop loop;
    std::vector<std::unique_ptr<Timer>> timers;
    std::vector<int> fired;
    for (int index = 0; index < 200; ++index) {
        const int delay = (index * 71) % 200;
        timers.push_back(loop.start_timer(loop.now() + milliseconds(delay),
                                          [&fired, delay] { fired.push_back(delay); }));
    }
    for (std::size_t index = 0; index < timers.size(); index += 3) {
        timers[index].reset();
    }
    loop.run_for(seconds(1));
    EXPECT_EQ(fired.size(), 133U);
    EXPECT_TRUE(std::is_sorted(fired.begin(), fired.end()));
}

TEST(VirtualLoopDeathTest, NoticesALoopThatFeedsItself) {
    VirtualLoop loop(VirtualLoopOptions{.events_per_instant_max = 100});
    std::function<void()> again = [&] { loop.post(again); };
    loop.post(again);
    EXPECT_DEATH(loop.run_for(seconds(1)), "feed itself");
}

TEST(VirtualLoopDeathTest, NoticesATimerThatOutlivesItsLoop) {
    EXPECT_DEATH(
        {
            auto loop = std::make_unique<VirtualLoop>();
            const auto timer = loop->start_timer(loop->now(), [] {});
            loop.reset();
        },
        "outlive");
}

TEST(AsioLoop, NowStandsStillInAHandlerAndGoesOnBetween) {
    AsioLoop loop;
    Instant first;
    Instant second;
    loop.post([&] {
        first = loop.now();
        // Busy for longer than the clock's resolution.
        std::size_t burnt = 0;
        while (burnt < 100'000) {
            static_cast<void>(std::to_string(burnt));
            ++burnt;
        }
        EXPECT_EQ(loop.now(), first);
        EXPECT_EQ(loop.wall_now(), loop.wall_now());
    });
    loop.post([&] {
        second = loop.now();
        loop.stop();
    });
    loop.run();
    EXPECT_GT(second, first);
}

TEST(AsioLoop, RunsTimersInOrderNotBeforeTheirTimeAndMeasuresLag) {
    AsioLoop loop(AsioLoopOptions{.name = "lag-test"});
    std::string trace;
    Instant ran;
    const Instant due = loop.now() + milliseconds(3);
    const auto second = loop.start_timer(due, [&] {
        trace += 'b';
        ran = loop.now();
        loop.stop();
    });
    const auto first = loop.start_timer(due - milliseconds(2), [&] { trace += 'a'; });
    auto never = loop.start_timer(due - milliseconds(1), [&] { trace += 'x'; });
    never.reset();
    loop.run();
    EXPECT_EQ(trace, "ab");
    EXPECT_GE(ran, due);
    const Histogram& lag = metrics().histogram("studio_loop_lag_seconds", "",
                                               latency_bounds_seconds(), "loop=\"lag-test\"");
    EXPECT_EQ(lag.count(), 2U);
}

TEST(AsioLoop, AnEarlierTimerMadeLaterStillComesFirst) {
    AsioLoop loop;
    std::unique_ptr<Timer> far = loop.start_timer(loop.now() + seconds(3'600), [] { FAIL(); });
    std::unique_ptr<Timer> near;
    loop.post([&] { near = loop.start_timer(loop.now() + milliseconds(1), [&] { loop.stop(); }); });
    loop.run();
}

TEST(AsioLoop, ATimerThatAlwaysRestartsForNowDoesNotStarveOthers) {
    AsioLoop loop;
    std::unique_ptr<Timer> greedy;
    int runs = 0;
    greedy = loop.start_timer(loop.now(), [&] {
        if (++runs == 5) {
            loop.post([&] { loop.stop(); });
        }
        greedy->restart(loop.now());
    });
    loop.run();
    EXPECT_GE(runs, 5);
}

TEST(AsioLoop, TellsTurnEndListenersOncePerRequest) {
    struct Listener final : TurnEndListener {
        int told = 0;
        void on_turn_end() override { ++told; }
    };
    AsioLoop loop;
    Listener kept;
    Listener cancelled;
    loop.post([&] {
        loop.request_turn_end(kept);
        loop.request_turn_end(cancelled);
        loop.cancel_turn_end(cancelled);
        EXPECT_EQ(kept.told, 0);
    });
    const auto timer = loop.start_timer(loop.now() + milliseconds(2), [&] { loop.stop(); });
    loop.run();
    EXPECT_EQ(kept.told, 1);
    EXPECT_EQ(cancelled.told, 0);
}

TEST(AsioLoop, StopBeforeRunReturnsAtOnce) {
    AsioLoop loop;
    loop.post([] { FAIL(); });
    loop.stop();
    loop.run();
}

TEST(LoopThread, RunsPostsOfEachThreadInOrder) {
    LoopThread thread(AsioLoopOptions{.name = "posts"});
    thread.start();
    std::vector<int> from_a;
    std::vector<int> from_b;
    const auto post_all = [&](std::vector<int>& target) {
        for (int index = 0; index < 1'000; ++index) {
            thread.loop().post([&target, index] { target.push_back(index); });
        }
    };
    std::thread other([&] { post_all(from_b); });
    post_all(from_a);
    other.join();
    thread.run_and_wait([] {});
    thread.stop();
    EXPECT_EQ(from_a.size(), 1'000U);
    EXPECT_EQ(from_b.size(), 1'000U);
    EXPECT_TRUE(std::is_sorted(from_a.begin(), from_a.end()));
    EXPECT_TRUE(std::is_sorted(from_b.begin(), from_b.end()));
}

TEST(Signals, CallsOnTheLoopForEachArrival) {
    AsioLoop loop;
    std::vector<int> numbers;
    Signals signals(loop, [&](int number) {
        numbers.push_back(number);
        if (numbers.size() == 2) {
            loop.stop();
        } else {
            std::raise(SIGINT);
        }
    });
    loop.post([] { std::raise(SIGTERM); });
    loop.run();
    EXPECT_EQ(numbers, (std::vector<int>{SIGTERM, SIGINT}));
}

}  // namespace
}  // namespace studio::runtime
