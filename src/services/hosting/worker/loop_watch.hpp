#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "runtime/loop.hpp"
#include "services/hosting/worker/load_guard.hpp"

namespace studio::services {

/// Measures one media loop: a timer every 20 ms, as media has, and how late it ran; told every
/// quarter of a second over the last second. Lives on the loop that it measures.
class LoopWatch {
public:
    /// The calls that are here, and how many of their 20 ms ticks ran late, or so late that they
    /// were heard as gaps, so far; falls when a call ends.
    struct Count {
        std::size_t calls = 0;
        std::uint64_t frames_late = 0;
        std::uint64_t frames_gapped = 0;
        /// What the loop's thread has used of a processor since it began.
        nanoseconds processor_time{0};
    };
    using CountFrames = std::function<Count()>;
    using Report = std::function<void(const LoopLoad&)>;

    /// On the loop, which outlives it. Both functions run on it.
    LoopWatch(runtime::Loop& loop, CountFrames count_frames, Report report);

private:
    static constexpr std::size_t samples_max = 50;
    static constexpr std::size_t samples_per_report = 13;

    /// What was counted between two timers.
    struct Sample {
        nanoseconds lag{0};
        std::uint64_t late = 0;
        std::uint64_t gapped = 0;
        nanoseconds processor_time{0};
        nanoseconds duration{0};
    };

    void on_timer();

    runtime::Loop& loop_;
    CountFrames count_frames_;
    Report report_;
    [[nodiscard]] LoopLoad sum_up(std::size_t calls) const;

    std::array<Sample, samples_max> samples_{};
    std::size_t count_ = 0;
    Count before_{};
    Instant before_at_{};
    Instant due_{};
    std::unique_ptr<runtime::Timer> timer_;
};

}  // namespace studio::services
