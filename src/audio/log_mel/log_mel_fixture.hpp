#pragma once

// What tests of the features, and of the network that takes them, listen to.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace studio::audio {

/// `count` samples of a hum that swells and of noise, as buzz() of log_mel_reference.py makes them.
inline std::vector<std::int16_t> buzz(std::size_t count) {
    std::vector<std::int16_t> samples;
    std::int64_t state = 1;
    std::int64_t phase = 0;
    for (std::int64_t index = 0; index < static_cast<std::int64_t>(count); ++index) {
        state = (state * 1'103'515'245 + 12'345) & 0x7FFFFFFF;
        const std::int64_t noise = (state >> 16) % 401 - 200;
        phase = (phase + 300 + index / 50 % 320) % 40'000;
        const std::int64_t loudness = index % 32'000 < 20'000 ? index % 4'000 : 0;
        samples.push_back(static_cast<std::int16_t>((phase - 20'000) * loudness / 8'000 + noise));
    }
    return samples;
}

}  // namespace studio::audio
