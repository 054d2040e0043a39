#include "audio/delay_estimator.hpp"

#include <algorithm>

namespace studio::audio {

namespace {

constexpr seconds window{5};
constexpr milliseconds bucket_width{5};
constexpr float quantile = 0.98F;
/// 500 packets; the first packets forget faster, so that the guess at the start does not linger.
constexpr float forget = 0.998F;
constexpr milliseconds half_frame{10};

}  // namespace

DelayEstimator::DelayEstimator(const DelayEstimatorOptions& options)
    : options_(options), target_(options.delay_initial) {
    const auto bucket =
        static_cast<std::size_t>((options.delay_initial - half_frame) / bucket_width);
    histogram_[std::clamp<std::size_t>(bucket, 1, bucket_count) - 1] = 1.0F;
}

void DelayEstimator::add(std::int64_t end_ticks, Instant arrival) {
    const nanoseconds transit = arrival.time_since_epoch() - duration_of(end_ticks);
    if (count_ > 0) {
        // RFC 3550 takes the gain 1/16; the first packet has nothing to differ from.
        const nanoseconds difference = std::chrono::abs(transit - last_transit_);
        jitter_ += (difference - jitter_) / 16;
    }
    last_transit_ = transit;
    follow_base(arrival, transit);
    learn(transit - std::min(window_base_, previous_base_));
    ++count_;
}

Instant DelayEstimator::captured_at(std::int64_t end_ticks) const {
    return Instant(std::min(window_base_, previous_base_) + duration_of(end_ticks));
}

nanoseconds DelayEstimator::duration_of(std::int64_t ticks) const {
    // In two steps, as ticks * 10^9 overflows after two days of 48 kHz.
    const std::int64_t rate = options_.clock_rate_hz;
    return seconds(ticks / rate) + nanoseconds(ticks % rate * 1'000'000'000 / rate);
}

void DelayEstimator::follow_base(Instant arrival, nanoseconds transit) {
    if (count_ == 0) {
        window_base_ = previous_base_ = transit;
        window_end_ = arrival + window;
    } else if (arrival >= window_end_) {
        previous_base_ = window_base_;
        window_base_ = transit;
        window_end_ = arrival + window;
    }
    window_base_ = std::min(window_base_, transit);
}

void DelayEstimator::learn(nanoseconds scatter) {
    const auto bucket = static_cast<std::size_t>(std::max(scatter, nanoseconds(0)) / bucket_width);
    const float keep = std::min(forget, 1.0F - 1.0F / static_cast<float>(count_ + 2));
    for (float& mass : histogram_) {
        mass *= keep;
    }
    histogram_[std::min(bucket, bucket_count - 1)] += 1.0F - keep;

    float sum = 0.0F;
    std::size_t index = 0;
    while (index < bucket_count && sum < quantile) {
        sum += histogram_[index];
        ++index;
    }
    const nanoseconds wanted = bucket_width * static_cast<std::int64_t>(index) + half_frame;
    target_ = std::clamp<nanoseconds>(wanted, options_.delay_min, options_.delay_max);
}

}  // namespace studio::audio
