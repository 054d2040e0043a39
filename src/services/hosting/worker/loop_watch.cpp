#include "services/hosting/worker/loop_watch.hpp"

#include <algorithm>
#include <utility>

namespace studio::services {
namespace {

constexpr milliseconds interval{20};
constexpr std::uint64_t frames_per_second = 50;

}  // namespace

LoopWatch::LoopWatch(runtime::Loop& loop, CountFrames count_frames, Report report)
    : loop_(loop), count_frames_(std::move(count_frames)), report_(std::move(report)) {
    before_ = count_frames_();
    before_at_ = loop_.now();
    due_ = loop_.now() + interval;
    timer_ = loop_.start_timer(due_, [this] { on_timer(); });
}

void LoopWatch::on_timer() {
    const Instant now = loop_.now();
    const Count count = count_frames_();
    const auto grown = [](std::uint64_t from, std::uint64_t to) {
        return to > from ? to - from : 0;
    };
    samples_[count_++ % samples_max] = {
        .lag = now - due_,
        .late = grown(before_.frames_late, count.frames_late),
        .gapped = grown(before_.frames_gapped, count.frames_gapped),
        .processor_time = count.processor_time - before_.processor_time,
        .duration = now - before_at_};
    before_ = count;
    before_at_ = now;
    // What was missed is not made up for: it is in the lag.
    due_ = std::max(due_ + interval, now);
    timer_->restart(due_);
    if (count_ % samples_per_report == 0) {
        report_(sum_up(count.calls));
    }
}

LoopLoad LoopWatch::sum_up(std::size_t calls) const {
    LoopLoad load;
    load.calls = calls;
    load.frames = calls * frames_per_second;
    std::array<nanoseconds, samples_max> lags{};
    nanoseconds used{0};
    nanoseconds passed{0};
    for (std::size_t index = 0; index < samples_max; ++index) {
        const Sample& sample = samples_[index];
        lags[index] = sample.lag;
        load.frames_late += sample.late;
        load.frames_gapped += sample.gapped;
        used += sample.processor_time;
        passed += sample.duration;
    }
    std::sort(lags.begin(), lags.end());
    load.lag = lags[samples_max - 2];
    if (passed > nanoseconds(0)) {
        load.core = static_cast<double>(used.count()) / static_cast<double>(passed.count());
    }
    return load;
}

}  // namespace studio::services
