#include "services/worker/loop_watch.hpp"

#include <algorithm>
#include <utility>

namespace studio::services {
namespace {

constexpr milliseconds interval{20};
constexpr std::uint64_t frames_per_second = 50;

}  // namespace

LoopWatch::LoopWatch(runtime::Loop& loop, CountFrames count_frames, Report report)
    : loop_(loop), count_frames_(std::move(count_frames)), report_(std::move(report)) {
    due_ = loop_.now() + interval;
    timer_ = loop_.start_timer(due_, [this] { on_timer(); });
}

void LoopWatch::on_timer() {
    const Instant now = loop_.now();
    const Count now_here = count_frames_();
    const std::uint64_t late = now_here.frames_late;
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
    load.frames = now_here.calls * frames_per_second;
    load.lag = sorted[samples_max - 2];
    for (const std::uint64_t frames : lates_) {
        load.frames_late += frames;
    }
    report_(load);
}

}  // namespace studio::services
