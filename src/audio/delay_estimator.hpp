#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.hpp"

namespace studio::audio {

struct DelayEstimatorOptions {
    /// Ticks of the RTP timestamp a second: 48'000 for Opus (RFC 7587), 8'000 for G.711 (RFC 3551).
    std::uint32_t clock_rate_hz = 48'000;
    /// Bounds of the target. Two packets of 20 ms meet in the least; the most is what a talker
    /// bears.
    milliseconds delay_min{20};
    milliseconds delay_max{200};
    /// The target before anything is known: what a home network with Wi-Fi needs.
    milliseconds delay_initial{60};
};

/// Learns from arrivals how an RTP clock relates to ours and how much arrivals scatter.
///
/// With e the timestamp just after a packet's last sample, a its arrival and R the clock rate, its
/// transit is t = a - e / R. The least transit of the last 5 to 10 s is the base: the fastest
/// recent packet counts as having taken no time, as nothing on this side can tell more. Therefore
///
///     captured_at(e) = base + e / R        (a moment on our clock)
///
/// is late by the network's least one-way delay, and follows a drifting sender. The scatter of a
/// packet is t - base; the target delay is the 98 % quantile of a histogram of it that forgets with
/// a time constant of 500 packets (10 s), plus half a frame, because pops come in steps of 20 ms.
class DelayEstimator {
public:
    explicit DelayEstimator(const DelayEstimatorOptions& options);

    /// A packet whose last sample ends at `end_ticks` (unwrapped) came at `arrival`.
    void add(std::int64_t end_ticks, Instant arrival);

    /// When the sample before `end_ticks` was captured. Meaningless before the first add().
    [[nodiscard]] Instant captured_at(std::int64_t end_ticks) const;
    /// How far behind capture the packets should be played.
    [[nodiscard]] nanoseconds target() const { return target_; }
    /// Interarrival jitter of RFC 3550, section 6.4.1.
    [[nodiscard]] nanoseconds jitter() const { return jitter_; }
    [[nodiscard]] bool is_empty() const { return count_ == 0; }

private:
    static constexpr std::size_t bucket_count = 60;

    [[nodiscard]] nanoseconds duration_of(std::int64_t ticks) const;
    void follow_base(Instant arrival, nanoseconds transit);
    void learn(nanoseconds scatter);

    DelayEstimatorOptions options_;
    std::uint64_t count_ = 0;
    nanoseconds last_transit_{0};
    nanoseconds jitter_{0};
    nanoseconds target_;
    /// Least transits of the present and of the previous window.
    nanoseconds window_base_{0};
    nanoseconds previous_base_{0};
    Instant window_end_{};
    std::array<float, bucket_count> histogram_{};
};

}  // namespace studio::audio
