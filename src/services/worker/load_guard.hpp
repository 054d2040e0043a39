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
    /// Late frames in a second.
    std::uint64_t late_stop = 5;
    std::uint64_t late_go = 1;
};

/// How one loop did in the last second.
struct LoopLoad {
    /// How late its timers ran: the worst but one of the samples, since one hiccup is no load.
    nanoseconds lag{0};
    std::uint64_t frames_late = 0;
};

/// Refuses before it stutters: whether one loop may take another call. Pure; one owner.
class LoadGuard {
public:
    explicit LoadGuard(LoadLimits limits = {}) : limits_(limits) {}

    void handle(const LoopLoad& load) {
        if (load.lag > limits_.lag_stop || load.frames_late > limits_.late_stop) {
            is_open_ = false;
        } else if (load.lag <= limits_.lag_go && load.frames_late <= limits_.late_go) {
            is_open_ = true;
        }
    }
    [[nodiscard]] bool is_open() const { return is_open_; }

private:
    LoadLimits limits_;
    bool is_open_ = true;
};

}  // namespace studio::services
