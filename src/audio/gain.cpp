#include "audio/gain.hpp"

#include <algorithm>
#include <cmath>

namespace studio::audio {

void Gain::set(float gain) {
    constexpr float gain_max = 16.0F;
    // A NaN fails both comparisons of clamp and would stay for ever.
    target_ = std::isnan(gain) ? 1.0F : std::clamp(gain, 0.0F, gain_max);
}

void Gain::process(Frame& frame) {
    if (present_ == 1.0F && target_ == 1.0F) {
        return;
    }
    const float step = (target_ - present_) / static_cast<float>(frame_samples);
    float gain = present_;
    for (std::int16_t& sample : frame.samples) {
        gain += step;
        const float scaled = std::round(static_cast<float>(sample) * gain);
        sample = static_cast<std::int16_t>(std::clamp(scaled, -32'768.0F, 32'767.0F));
    }
    present_ = target_;
}

}  // namespace studio::audio
