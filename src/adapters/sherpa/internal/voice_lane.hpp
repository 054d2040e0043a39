#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>

#include "base/metric.hpp"
#include "base/time.hpp"
#include "runtime/blocking_pool.hpp"

namespace studio::adapters::sherpa {

/// How many pieces are made at once in the process, and in which order: always the one that is
/// needed soonest. Any thread.
///
///   waiting, by when they are due --> running, at most `width` --> done
class VoiceLane {
public:
    using Function = std::function<void()>;

    /// `width` of the pool's threads at most are taken, at least one; `waiting_max` functions wait.
    VoiceLane(std::size_t width, std::size_t waiting_max);

    /// Runs `function` on a thread of the pool. False where too many wait already, or the pool
    /// takes none. `due`: when its audio is to be heard, on the clock that
    /// all loops have.
    [[nodiscard]] bool submit(runtime::BlockingPool& pool, Instant due, Function function);

    [[nodiscard]] std::size_t waiting() const;

private:
    void work();

    std::size_t width_;
    std::size_t waiting_max_;
    Gauge& running_gauge_;
    Gauge& waiting_gauge_;
    Counter& refused_;
    mutable std::mutex mutex_;
    std::size_t running_ = 0;
    std::multimap<Instant, Function> functions_;
};

}  // namespace studio::adapters::sherpa
