#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "runtime/loop.hpp"
#include "services/worker/load_guard.hpp"

namespace studio::services {

/// Measures one media loop: a timer every 20 ms, as media has, and how late it ran; told every
/// quarter of a second over the last second. Lives on the loop that it measures.
class LoopWatch {
public:
    /// The calls that are here, and how many of their 20 ms ticks ran late so far; falls when a
    /// call ends.
    struct Count {
        std::size_t calls = 0;
        std::uint64_t frames_late = 0;
    };
    using CountFrames = std::function<Count()>;
    using Report = std::function<void(const LoopLoad&)>;

    /// On the loop, which outlives it. Both functions run on it.
    LoopWatch(runtime::Loop& loop, CountFrames count_frames, Report report);

private:
    static constexpr std::size_t samples_max = 50;
    static constexpr std::size_t samples_per_report = 13;

    void on_timer();

    runtime::Loop& loop_;
    CountFrames count_frames_;
    Report report_;
    std::array<nanoseconds, samples_max> lags_{};
    std::array<std::uint64_t, samples_max> lates_{};
    std::size_t count_ = 0;
    std::uint64_t late_before_ = 0;
    Instant due_{};
    std::unique_ptr<runtime::Timer> timer_;
};

}  // namespace studio::services
