#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace studio::audio {

/// The one rate inside the product: speech recognisers take it, and Opus calls it wideband.
inline constexpr int sample_rate_hz = 16'000;
inline constexpr std::chrono::milliseconds frame_duration{20};
inline constexpr std::size_t frame_samples = 320;
static_assert(frame_samples == sample_rate_hz * frame_duration.count() / 1000);

/// 20 ms of mono 16-bit PCM at 16 kHz. A plain value: 640 bytes, copied, never on the heap per
/// frame.
struct Frame {
    std::array<std::int16_t, frame_samples> samples{};
};

}  // namespace studio::audio
