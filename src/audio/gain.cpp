#include "audio/gain.hpp"

#include <algorithm>
#include <cmath>

namespace studio::audio {

void Gain::set(float gain, int frames) {
    constexpr float gain_max = 16.0F;
    // A NaN fails both comparisons of clamp and would stay for ever.
    const float target = std::isnan(gain) ? 1.0F : std::clamp(gain, 0.0F, gain_max);
    if (target != target_) {
        target_ = target;
        frames_left_ = std::max(frames, 1);
    }
}

void Gain::process(Frame& frame) {
    if (present_ == 1.0F && target_ == 1.0F) {
        return;
    }
    const int ramp = std::max(frames_left_, 1) * static_cast<int>(frame_samples);
    const float step = (target_ - present_) / static_cast<float>(ramp);
    float gain = present_;
    for (std::int16_t& sample : frame.samples) {
        gain += step;
        const float scaled = std::round(static_cast<float>(sample) * gain);
        sample = static_cast<std::int16_t>(std::clamp(scaled, -32'768.0F, 32'767.0F));
    }
    frames_left_ = std::max(frames_left_ - 1, 0);
    present_ = frames_left_ == 0 ? target_ : gain;
}

}  // namespace studio::audio
