#include "runtime/thread_priority.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>

#include <thread>

#include "runtime/loop_thread.hpp"

namespace studio::runtime {
namespace {

int policy() {
    return ::sched_getscheduler(0) & ~SCHED_RESET_ON_FORK;
}

TEST(ThreadPriority, IsWhatTheKernelSaysAndIsNotInherited) {
    std::thread([] {
        const ThreadPriority priority = raise_thread_priority();
        if (priority.kind == ThreadPriority::Kind::real_time) {
            sched_param parameters{};
            EXPECT_EQ(::sched_getparam(0, &parameters), 0);
            EXPECT_EQ(policy(), SCHED_RR);
            EXPECT_EQ(parameters.sched_priority, priority.value);
        } else {
            EXPECT_EQ(policy(), SCHED_OTHER);
            EXPECT_EQ(priority.kind == ThreadPriority::Kind::nice, priority.value < 0);
        }
        std::thread([] { EXPECT_EQ(policy(), SCHED_OTHER); }).join();
    }).join();
    EXPECT_EQ(policy(), SCHED_OTHER);
}

TEST(ThreadPriority, OnlyLoopsThatAskForItHaveIt) {
    LoopThread plain({.name = "plain"});
    LoopThread raised({.name = "raised"}, true);
    for (LoopThread* thread : {&plain, &raised}) {
        thread->start();
        int found = -1;
        thread->run_and_wait([&found] { found = policy(); });
        const bool is_raised = thread->priority().kind == ThreadPriority::Kind::real_time;
        EXPECT_EQ(found == SCHED_RR, is_raised);
        EXPECT_TRUE(thread == &raised || !is_raised);
        thread->stop();
    }
}

TEST(ThreadCpuTime, GrowsWithWorkAndNotWithWaiting) {
    std::thread([] {
        const nanoseconds before = thread_cpu_time();
        volatile std::uint64_t sum = 0;
        while (thread_cpu_time() - before < milliseconds(2)) {
            sum = sum + 1;
        }
        EXPECT_GT(sum, 0U);
    }).join();
}

}  // namespace
}  // namespace studio::runtime
