#pragma once

#include <cstdint>

#include "base/time.hpp"

namespace studio::runtime {

/// What a thread got that asked to run before others.
struct ThreadPriority {
    enum class Kind : std::uint8_t {
        /// None: neither right nor limit allow it.
        normal,
        /// A nice value below 0 (setpriority(2)).
        nice,
        /// SCHED_RR (sched(7)): before every thread that has no real-time priority.
        real_time,
    };
    Kind kind = Kind::normal;
    /// The nice value, or the real-time priority.
    int value = 0;
};

[[nodiscard]] constexpr const char* name_of(ThreadPriority::Kind kind) {
    switch (kind) {
        case ThreadPriority::Kind::nice:
            return "nice";
        case ThreadPriority::Kind::real_time:
            return "real_time";
        case ThreadPriority::Kind::normal:
            break;
    }
    return "normal";
}

/// Lets the calling thread run before others where that is allowed: SCHED_RR by CAP_SYS_NICE or
/// RLIMIT_RTPRIO, else a lower nice value by RLIMIT_NICE. Threads that it starts do not inherit it.
/// For threads alone that give way by themselves within milliseconds: a real-time thread that spins
/// keeps a processor from everybody, but for the 5 % that the kernel keeps back.
[[nodiscard]] ThreadPriority raise_thread_priority();

/// One line in the log that says whether it worked, for whoever runs the machine. `was_asked` false
/// where it is switched off.
void log_media_priority(ThreadPriority got, bool was_asked);

/// What the calling thread has used of a processor since it began; 0 where that is not told.
[[nodiscard]] nanoseconds thread_cpu_time();

}  // namespace studio::runtime
