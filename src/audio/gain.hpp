#pragma once

#include "audio/frame.hpp"

namespace studio::audio {

/// Changes the loudness of one stream without clicks: a new gain is reached by a straight ramp over
/// the next frame. For ducking while the caller speaks. One owner.
class Gain {
public:
    /// The gain to reach by the end of the next frame: 1 leaves the voice as it is, 0 is silence.
    /// Clamped to 0..16.
    void set(float gain);
    /// Applies the gain, saturating.
    void process(Frame& frame);

    /// The gain at the end of the last frame.
    [[nodiscard]] float present() const { return present_; }

private:
    float present_ = 1.0F;
    float target_ = 1.0F;
};

}  // namespace studio::audio
