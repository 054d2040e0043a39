#include "runtime/thread_priority.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "base/log.hpp"

namespace studio::runtime {
namespace {

/// Low among real-time priorities: above everything usual, below what serves the hardware.
constexpr int real_time_wanted = 5;
constexpr int nice_wanted = -10;

/// By the limit where the capability is missing: then only up to it.
int real_time_allowed() {
    rlimit limit{};
    const bool is_limited = ::getrlimit(RLIMIT_RTPRIO, &limit) == 0 && limit.rlim_cur > 0 &&
                            limit.rlim_cur < static_cast<rlim_t>(real_time_wanted);
    return is_limited ? static_cast<int>(limit.rlim_cur) : real_time_wanted;
}

bool set_real_time(int priority) {
    sched_param parameters{};
    parameters.sched_priority = priority;
    return ::sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &parameters) == 0;
}

}  // namespace

ThreadPriority raise_thread_priority() {
    // By the capability the first succeeds whatever the limit says.
    for (const int priority : {real_time_wanted, real_time_allowed()}) {
        if (set_real_time(priority)) {
            return {ThreadPriority::Kind::real_time, priority};
        }
    }
    // Linux keeps a nice value for each thread, and takes a thread for the process here.
    const auto thread = static_cast<id_t>(::syscall(SYS_gettid));
    rlimit limit{};
    const int floor = ::getrlimit(RLIMIT_NICE, &limit) == 0
                          ? 20 - static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 40))
                          : 0;
    for (const int value : {nice_wanted, std::max(floor, nice_wanted)}) {
        if (value < 0 && ::setpriority(PRIO_PROCESS, thread, value) == 0) {
            sched_param parameters{};
            static_cast<void>(
                ::sched_setscheduler(0, SCHED_OTHER | SCHED_RESET_ON_FORK, &parameters));
            return {ThreadPriority::Kind::nice, value};
        }
    }
    return {};
}

void log_media_priority(ThreadPriority got, bool was_asked) {
    if (was_asked && got.kind == ThreadPriority::Kind::normal) {
        STUDIO_LOG(warning, "media_priority", {"got", name_of(got.kind)},
                   {"why", "neither CAP_SYS_NICE nor RLIMIT_RTPRIO nor RLIMIT_NICE allow more"});
        return;
    }
    STUDIO_LOG(info, "media_priority", {"got", name_of(got.kind)}, {"value", got.value},
               {"asked", was_asked});
}

nanoseconds thread_cpu_time() {
    timespec used{};
    if (::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used) != 0) {
        return nanoseconds(0);
    }
    return seconds(used.tv_sec) + nanoseconds(used.tv_nsec);
}

}  // namespace studio::runtime
