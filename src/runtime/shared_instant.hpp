#pragma once

#include <atomic>

#include "base/time.hpp"

namespace studio::runtime {

/// A moment on the loops' common clock that one thread sets and any thread reads.
class SharedInstant {
public:
    explicit SharedInstant(Instant at) : count_(at.time_since_epoch().count()) {}

    void store(Instant at) {
        count_.store(at.time_since_epoch().count(), std::memory_order_release);
    }
    [[nodiscard]] Instant load() const {
        return Instant(nanoseconds(count_.load(std::memory_order_acquire)));
    }

private:
    std::atomic<nanoseconds::rep> count_;
};

}  // namespace studio::runtime
