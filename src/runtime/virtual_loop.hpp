#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>

#include "runtime/loop.hpp"
#include "runtime/timer_queue.hpp"

namespace studio::runtime {

struct VirtualLoopOptions {
    /// What now() and wall_now() say first: always the same, so that traces compare.
    Instant start{seconds{1'000}};
    WallTime wall_start{seconds{1'800'000'000}};
    /// More events than this without time moving on is a loop that feeds itself: STUDIO_CHECK.
    std::size_t events_per_instant_max = 100'000;
};

/// The loop of simulations and tests: time stands still until somebody runs it on, and events
/// happen in the order of their time, then of their making. The same inputs give the same order on
/// every machine. One thread for everything, post() included.
class VirtualLoop final : public Loop {
public:
    explicit VirtualLoop(VirtualLoopOptions options = {});

    [[nodiscard]] Instant now() const override { return now_; }
    [[nodiscard]] WallTime wall_now() const override;
    void post(Function function) override;
    [[nodiscard]] std::unique_ptr<Timer> start_timer(Instant at, Function on_expiry) override;

    /// Runs the next event, moving time on to it. False where there is none.
    bool run_next();
    /// Runs every event up to and including `until`, also those that are made meanwhile; then it is
    /// `until`. A time in the past runs nothing.
    void run_until(Instant until);
    void run_for(nanoseconds duration) { run_until(now_ + duration); }
    /// Runs until nothing is left, at most to `limit`. Whether nothing is left.
    bool run_until_idle(Instant limit);

    /// Events run so far.
    [[nodiscard]] std::uint64_t event_count() const { return event_count_; }
    /// Timers and posted functions that wait.
    [[nodiscard]] std::size_t pending() const { return timers_.size() + posted_.size(); }

private:
    struct Posted {
        Instant at;
        std::uint64_t sequence;
        Function function;
    };

    [[nodiscard]] Deadline next_event() const;
    [[nodiscard]] bool posted_comes_first() const;

    VirtualLoopOptions options_;
    Instant now_;
    std::uint64_t sequence_ = 0;
    std::uint64_t event_count_ = 0;
    std::size_t events_at_now_ = 0;
    TimerQueue timers_;
    std::deque<Posted> posted_;
};

}  // namespace studio::runtime
