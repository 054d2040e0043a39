#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/time.hpp"
#include "runtime/loop.hpp"

namespace studio::runtime {

/// The timers of one loop in the order of their time, then of their arming: a binary heap whose
/// entries know their place, so that stopping one costs O(log n). Both loops are built on it. It
/// knows no clock. One owner, one thread; it outlives its timers.
class TimerQueue {
public:
    TimerQueue() = default;
    TimerQueue(const TimerQueue&) = delete;
    TimerQueue& operator=(const TimerQueue&) = delete;
    /// Checks that no timer is left that would point here.
    ~TimerQueue();

    /// `sequence` orders timers of the same instant; the loop takes it from one growing number.
    [[nodiscard]] std::unique_ptr<Timer> start(Instant at, std::uint64_t& sequence,
                                               Loop::Function on_expiry);

    /// When the earliest is due; nothing where none is armed.
    [[nodiscard]] Deadline earliest() const;
    /// The sequence of the earliest. Precondition: earliest() is there.
    [[nodiscard]] std::uint64_t earliest_sequence() const;
    /// Disarms the earliest and runs its function. Precondition: earliest() is there.
    void run_earliest();
    /// How many are armed.
    [[nodiscard]] std::size_t size() const { return heap_.size(); }

private:
    class Entry;

    void arm(Entry& entry, Instant at);
    void disarm(Entry& entry);
    void place(std::size_t index, Entry* entry);
    void sift_up(std::size_t index);
    void sift_down(std::size_t index);

    std::vector<Entry*> heap_;
    std::size_t living_ = 0;
    // The entry whose function runs now; null once it was destroyed by that function.
    Entry* running_ = nullptr;
};

}  // namespace studio::runtime
