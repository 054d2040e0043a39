#pragma once

#include <algorithm>
#include <mutex>

#include "base/time.hpp"

namespace studio::runtime {

/// When something that failed is tried again: after a delay that doubles with each failure, for all
/// threads of a pool together. Any thread.
class RetryGate {
public:
    RetryGate(milliseconds delay_min, milliseconds delay_max)
        : delay_min_(delay_min), delay_max_(delay_max) {}

    [[nodiscard]] bool may_try(Instant now) const {
        const std::scoped_lock lock(mutex_);
        return now >= next_;
    }
    /// The delay until the next try. Failures of tries that began together count once.
    milliseconds note_failure(Instant now) {
        const std::scoped_lock lock(mutex_);
        if (now >= next_) {
            delay_ = std::clamp(delay_ * 2, delay_min_, delay_max_);
            next_ = now + delay_;
        }
        return delay_;
    }
    void note_success() {
        const std::scoped_lock lock(mutex_);
        delay_ = milliseconds{0};
        next_ = Instant{};
    }

private:
    const milliseconds delay_min_;
    const milliseconds delay_max_;
    mutable std::mutex mutex_;
    milliseconds delay_{0};
    Instant next_{};
};

}  // namespace studio::runtime
