#pragma once

#include <cstdint>

#include "base/time.hpp"

namespace studio::services {

/// From when on a media loop is given no further call, and until when. Between the two it stays as
/// it is, so that it does not flicker. A tick is 20 ms: a loop that lags by 10 ms is half-way to
/// stuttering, and the bench of calls held 200 calls on a core with a lag of 5 ms.
struct LoadLimits {
    nanoseconds lag_stop = milliseconds(10);
    nanoseconds lag_go = milliseconds(5);
    /// Of the frames of a second, the share that came late, in percent.
    double late_stop = 1.0;
    double late_go = 0.2;
    /// How long it must be so: the start of many calls at once is no load that stays.
    milliseconds patience{2'000};
    /// Beyond these it stops at once.
    nanoseconds lag_stop_now = milliseconds(40);
    double late_stop_now = 20.0;
};

/// How one loop did in the last second.
struct LoopLoad {
    /// How late its timers ran: the worst but one of the samples, since one hiccup is no load.
    nanoseconds lag{0};
    std::uint64_t frames_late = 0;
    /// Those that were due.
    std::uint64_t frames = 0;

    [[nodiscard]] double late_percent() const {
        return frames == 0 ? 0.0
                           : 100.0 * static_cast<double>(frames_late) / static_cast<double>(frames);
    }
};

/// Refuses before it stutters: whether one loop may take another call. Pure; one owner.
class LoadGuard {
public:
    explicit LoadGuard(LoadLimits limits = {}) : limits_(limits) {}

    void handle(const LoopLoad& load, Instant now) {
        const double late = load.late_percent();
        if (load.lag <= limits_.lag_stop && late <= limits_.late_stop) {
            bad_since_.reset();
        } else if (!bad_since_) {
            bad_since_ = now;
        }
        const bool is_too_much = load.lag > limits_.lag_stop_now || late > limits_.late_stop_now;
        if (is_too_much || (bad_since_ && now - *bad_since_ >= limits_.patience)) {
            is_open_ = false;
        } else if (load.lag <= limits_.lag_go && late <= limits_.late_go) {
            is_open_ = true;
        }
    }
    [[nodiscard]] bool is_open() const { return is_open_; }

private:
    LoadLimits limits_;
    bool is_open_ = true;
    Deadline bad_since_;
};

}  // namespace studio::services
