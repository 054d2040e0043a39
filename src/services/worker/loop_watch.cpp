#include "services/worker/loop_watch.hpp"

#include <algorithm>
#include <utility>

namespace studio::services {
namespace {

constexpr milliseconds interval{20};

}  // namespace

LoopWatch::LoopWatch(runtime::Loop& loop, CountLate count_late, Report report)
    : loop_(loop), count_late_(std::move(count_late)), report_(std::move(report)) {
    due_ = loop_.now() + interval;
    timer_ = loop_.start_timer(due_, [this] { on_timer(); });
}

void LoopWatch::on_timer() {
    const Instant now = loop_.now();
    const std::uint64_t late = count_late_();
    const std::size_t slot = count_++ % samples_max;
    lags_[slot] = now - due_;
    lates_[slot] = late > late_before_ ? late - late_before_ : 0;
    late_before_ = late;
    // What was missed is not made up for: it is in the lag.
    due_ = std::max(due_ + interval, now);
    timer_->restart(due_);
    if (count_ % samples_per_report != 0) {
        return;
    }
    std::array<nanoseconds, samples_max> sorted = lags_;
    std::sort(sorted.begin(), sorted.end());
    LoopLoad load;
    load.lag = sorted[samples_max - 2];
    for (const std::uint64_t frames : lates_) {
        load.frames_late += frames;
    }
    report_(load);
}

}  // namespace studio::services
