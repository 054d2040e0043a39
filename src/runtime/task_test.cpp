#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/check.hpp"
#include "runtime/blocking_pool.hpp"
#include "runtime/cancellation.hpp"
#include "runtime/loop_thread.hpp"
#include "runtime/retry_gate.hpp"
#include "runtime/serial_queue.hpp"
#include "runtime/task_scope.hpp"
#include "runtime/virtual_loop.hpp"

namespace studio::runtime {
namespace {

TEST(Cancellation, RunsHooksOnceInOrderAndForgetsDestroyedOnes) {
    CancellationSource source;
    std::string trace;
    const CancellationHook a(source.token(), [&] { trace += 'a'; });
    auto gone = std::make_unique<CancellationHook>(source.token(), [&] { trace += 'x'; });
    const CancellationHook b(source.token(), [&] { trace += 'b'; });
    gone.reset();
    EXPECT_FALSE(source.token().is_cancelled());
    source.request();
    source.request();
    EXPECT_TRUE(source.token().is_cancelled());
    EXPECT_EQ(trace, "ab");
    const CancellationHook late(source.token(), [&] { trace += 'c'; });
    EXPECT_EQ(trace, "abc");
    const CancellationHook never(CancellationToken(), [&] { trace += 'x'; });
    EXPECT_FALSE(CancellationToken().is_cancelled());
    EXPECT_EQ(trace, "abc");
}

TEST(Cancellation, AHookMayDestroyAnother) {
    CancellationSource source;
    bool second_ran = false;
    std::unique_ptr<CancellationHook> second;
    const CancellationHook first(source.token(), [&] { second.reset(); });
    second = std::make_unique<CancellationHook>(source.token(), [&] { second_ran = true; });
    source.request();
    EXPECT_FALSE(second_ran);
}

TEST(Cancellation, GoesFromParentToChildAndNotBack) {
    CancellationSource parent;
    CancellationSource child(parent.token());
    CancellationSource other(parent.token());
    child.request();
    EXPECT_FALSE(parent.token().is_cancelled());
    parent.request();
    EXPECT_TRUE(other.token().is_cancelled());
}

Task<void> note_after(Loop& loop, nanoseconds delay, CancellationToken token, std::string& trace,
                      char mark) {
    const bool slept = co_await sleep_for(loop, delay, token);
    trace += slept ? mark : '-';
}

Task<void> close_and_note(TaskScope& scope, std::string& trace) {
    co_await scope.close();
    trace += '.';
}

TEST(TaskScope, RunsTasksAndWaitsForThemToEnd) {
    VirtualLoop loop;
    std::string trace;
    TaskScope scope(loop);
    TaskScope closer(loop);
    scope.spawn(note_after(loop, seconds(2), scope.token(), trace, 'b'));
    scope.spawn(note_after(loop, seconds(1), scope.token(), trace, 'a'));
    scope.spawn(note_after(loop, seconds(9), scope.token(), trace, 'x'));
    EXPECT_EQ(scope.size(), 3U);
    loop.run_for(seconds(3));
    EXPECT_EQ(trace, "ab");
    const Instant before = loop.now();
    closer.spawn(close_and_note(scope, trace));
    EXPECT_EQ(trace, "ab") << "cancelling resumes nobody from inside";
    EXPECT_TRUE(loop.run_until_idle(loop.now() + seconds(100)));
    EXPECT_EQ(trace, "ab-.");
    EXPECT_EQ(loop.now(), before);
    scope.spawn(note_after(loop, seconds(1), {}, trace, 'x'));
    EXPECT_EQ(scope.size(), 0U);
}

TEST(TaskScope, AClosedOneWithoutTasksEndsAtOnceAndAChildIsCancelledWithItsParent) {
    VirtualLoop loop;
    std::string trace;
    TaskScope parent(loop);
    TaskScope child(loop, parent.token());
    TaskScope closer(loop);
    closer.spawn(close_and_note(parent, trace));
    EXPECT_EQ(trace, ".");
    EXPECT_TRUE(child.token().is_cancelled());
}

TEST(TaskScopeDeathTest, ChecksThatNoTaskIsLeft) {
    EXPECT_DEATH(
        {
            VirtualLoop loop;
            std::string trace;
            TaskScope scope(loop);
            scope.spawn(note_after(loop, seconds(1), {}, trace, 'a'));
        },
        "closed before");
}

Task<int> fail_at(Loop& loop, nanoseconds delay) {
    [[maybe_unused]] const bool slept = co_await sleep_for(loop, delay);
    if (delay >= nanoseconds(0)) {
        throw Bug("the test's");
    }
    co_return 1;
}

Task<int> pass_on(Loop& loop) {
    const int failed = co_await fail_at(loop, seconds(1));
    co_return failed;
}

Task<void> note_what_is_thrown(Loop& loop, std::string& trace) {
    try {
        [[maybe_unused]] const int never = co_await pass_on(loop);
        trace += "none";
    } catch (const Bug& bug) {
        trace += bug.what();
    }
}

Task<void> throw_on(Loop& loop) {
    [[maybe_unused]] const int never = co_await fail_at(loop, seconds(1));
}

TEST(Task, WhatLeavesItIsThrownAgainWhereItIsAwaited) {
    VirtualLoop loop;
    TaskScope scope(loop);
    std::string trace;
    scope.spawn(note_what_is_thrown(loop, trace));
    loop.run_for(seconds(2));
    EXPECT_EQ(trace, "the test's");
    EXPECT_EQ(scope.size(), 0U);
}

TEST(TaskScopeDeathTest, WhatLeavesItsTaskEndsTheProcess) {
    EXPECT_DEATH(
        {
            VirtualLoop loop;
            TaskScope scope(loop);
            scope.spawn(throw_on(loop));
            loop.run_for(seconds(2));
        },
        "the test's");
}

Task<void> sum_on_pool(BlockingPool& pool, Loop& loop, int& sum, std::atomic<int>& left) {
    const auto result = co_await pool.run(loop, [] { return 21; });
    sum += result.value_or(-1'000);
    const auto nothing = co_await pool.run(loop, [] {});
    sum += nothing ? 21 : -1'000;
    --left;
}

TEST(BlockingPool, RunsElsewhereAndResumesOnTheLoop) {
    LoopThread thread;
    BlockingPool pool(BlockingPoolOptions{.name = "test", .threads = 3});
    TaskScope scope(thread.loop());
    int sum = 0;
    std::atomic<int> left{10};
    thread.start();
    thread.run_and_wait([&] {
        for (int index = 0; index < 10; ++index) {
            scope.spawn(sum_on_pool(pool, thread.loop(), sum, left));
        }
    });
    while (left > 0) {
        thread.run_and_wait([] {});
    }
    pool.stop();
    thread.stop();
    EXPECT_EQ(sum, 420);
    EXPECT_EQ(scope.size(), 0U);
}

TEST(BlockingPool, RejectsWhatDoesNotFitAndFinishesWhatItTook) {
    BlockingPool pool(BlockingPoolOptions{.threads = 1, .queue_max = 2});
    std::mutex gate;
    std::atomic<bool> holds{false};
    std::atomic<int> done{0};
    std::unique_lock hold(gate);
    ASSERT_TRUE(pool.try_submit([&] {
        holds = true;
        const std::scoped_lock wait(gate);
        ++done;
    }));
    while (!holds) {
        std::this_thread::yield();
    }
    ASSERT_TRUE(pool.try_submit([&] { ++done; }));
    ASSERT_TRUE(pool.try_submit([&] { ++done; }));
    const auto refused = pool.try_submit([&] { ++done; });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), PoolRejected::full);
    hold.unlock();
    pool.stop();
    EXPECT_EQ(done, 3);
    EXPECT_EQ(pool.try_submit([] {}).error(), PoolRejected::stopped);
}

TEST(BlockingPool, WithoutThreadsItRunsAtOnceForVirtualTime) {
    VirtualLoop loop;
    BlockingPool pool(BlockingPoolOptions{.threads = 0});
    TaskScope scope(loop);
    int sum = 0;
    std::atomic<int> left{1};
    scope.spawn(sum_on_pool(pool, loop, sum, left));
    EXPECT_TRUE(loop.run_until_idle(loop.now()));
    EXPECT_EQ(sum, 42);
    pool.stop();
}

TEST(SerialQueue, RunsOneAfterAnotherInOrderOnManyThreads) {
    BlockingPool pool(BlockingPoolOptions{.threads = 4});
    std::vector<int> first;
    std::vector<int> second;
    {
        SerialQueue a(pool);
        SerialQueue b(pool);
        // The vectors have no lock: the sanitizer sees it if two functions overlap.
        for (int index = 0; index < 500; ++index) {
            ASSERT_TRUE(a.try_submit([&first, index] { first.push_back(index); }));
            ASSERT_TRUE(b.try_submit([&second, index] { second.push_back(index); }));
        }
    }
    pool.stop();
    EXPECT_EQ(first.size(), 500U);
    EXPECT_EQ(second.size(), 500U);
    EXPECT_TRUE(std::is_sorted(first.begin(), first.end()));
    EXPECT_TRUE(std::is_sorted(second.begin(), second.end()));
}

TEST(SerialQueue, IsBoundedAndRefusesOnceThePoolStopped) {
    BlockingPool pool(BlockingPoolOptions{.threads = 1});
    SerialQueue queue(pool, SerialQueueOptions{.queue_max = 1});
    std::mutex gate;
    std::atomic<bool> holds{false};
    {
        const std::scoped_lock hold(gate);
        ASSERT_TRUE(queue.try_submit([&] {
            holds = true;
            const std::scoped_lock wait(gate);
        }));
        while (!holds) {
            std::this_thread::yield();
        }
        ASSERT_TRUE(queue.try_submit([] {}));
        EXPECT_EQ(queue.try_submit([] {}).error(), PoolRejected::full);
    }
    pool.stop();
    EXPECT_EQ(queue.size(), 0U);
    EXPECT_EQ(queue.try_submit([] {}).error(), PoolRejected::stopped);
    EXPECT_EQ(queue.size(), 0U);
}

TEST(SerialQueue, WithoutThreadsAFunctionMaySubmitAnother) {
    BlockingPool pool(BlockingPoolOptions{.threads = 0});
    SerialQueue queue(pool);
    std::string trace;
    ASSERT_TRUE(queue.try_submit([&] {
        EXPECT_TRUE(queue.try_submit([&] { trace += 'b'; }));
        trace += 'a';
    }));
    EXPECT_EQ(trace, "ab");
}

Task<void> note_thread(Loop& here, Loop& there, std::thread::id& id, std::atomic<bool>& done) {
    co_await resume_on(there);
    id = std::this_thread::get_id();
    co_await resume_on(here);
    done = true;
}

TEST(ResumeOn, GoesToAnotherLoopAndBack) {
    LoopThread here;
    LoopThread there;
    here.start();
    there.start();
    TaskScope scope(here.loop());
    std::thread::id seen;
    std::thread::id expected;
    std::atomic<bool> done{false};
    there.run_and_wait([&] { expected = std::this_thread::get_id(); });
    here.run_and_wait([&] { scope.spawn(note_thread(here.loop(), there.loop(), seen, done)); });
    while (!done) {
        std::this_thread::yield();
    }
    here.run_and_wait([] {});
    here.stop();
    there.stop();
    EXPECT_EQ(seen, expected);
}

TEST(RetryGate, TriesAreFewerTheLongerItFails) {
    RetryGate outage(milliseconds{50}, milliseconds{1'000});
    Instant now{seconds{100}};
    int tries = 0;
    for (const Instant end = now + seconds{60}; now < end; now += milliseconds{10}) {
        if (outage.may_try(now)) {
            ++tries;
            outage.note_failure(now);
            outage.note_failure(now);  // Another thread that began at the same moment.
        }
    }
    EXPECT_LT(tries, 66);
    EXPECT_GT(tries, 50);
    outage.note_success();
    EXPECT_TRUE(outage.may_try(now));
}

}  // namespace
}  // namespace studio::runtime
