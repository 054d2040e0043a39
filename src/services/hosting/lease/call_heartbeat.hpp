#pragma once

#include <functional>
#include <vector>

#include "core/call/ending.hpp"
#include "ports/call_recovery.hpp"
#include "runtime/task_scope.hpp"

namespace studio::services {

/// Says again and again which calls this process holds, so that it is known until when they lived
/// should it die. A store that is away misses a beat. One loop.
class CallHeartbeat {
public:
    using HeldCalls = std::function<std::vector<CallId>()>;

    /// `recovery` and what `held` uses outlive close().
    CallHeartbeat(CallRecovery& recovery, runtime::Loop& loop, HeldCalls held,
                  milliseconds interval = core::alive_interval)
        : recovery_(recovery),
          loop_(loop),
          held_(std::move(held)),
          interval_(interval),
          scope_(loop) {}

    /// Begins; once.
    void start() { scope_.spawn(beat()); }
    /// Waits for the beat under way. Once, at the end.
    [[nodiscard]] Task<void> close() { return scope_.close(); }

private:
    [[nodiscard]] Task<void> beat();

    CallRecovery& recovery_;
    runtime::Loop& loop_;
    HeldCalls held_;
    milliseconds interval_;
    runtime::TaskScope scope_;
};

}  // namespace studio::services
