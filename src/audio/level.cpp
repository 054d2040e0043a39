#include "audio/level.hpp"

#include <algorithm>
#include <cmath>

namespace studio::audio {

double level_dbfs(std::span<const std::int16_t> samples) {
    std::int64_t energy = 0;
    for (const std::int16_t sample : samples) {
        energy += std::int64_t{sample} * sample;
    }
    if (energy == 0) {
        return silence_dbfs;
    }
    constexpr double full_scale = 32'768.0;
    const double mean = static_cast<double>(energy) / static_cast<double>(samples.size());
    return std::max(silence_dbfs, 10.0 * std::log10(mean / (full_scale * full_scale)));
}

}  // namespace studio::audio
