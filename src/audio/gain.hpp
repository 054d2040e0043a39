#pragma once

#include "audio/frame.hpp"

namespace studio::audio {

/// Changes the loudness of one stream without clicks: a new gain is reached by a straight ramp over
/// the next frames. For fading out while the caller speaks. One owner.
class Gain {
public:
    /// The gain to reach by the end of the next `frames` frames, at least one: 1 leaves the voice
    /// as it is, 0 is silence. Clamped to 0..16. A ramp to the same gain that is under way goes on.
    void set(float gain, int frames = 1);
    /// Applies the gain, saturating.
    void process(Frame& frame);

    /// The gain at the end of the last frame.
    [[nodiscard]] float present() const { return present_; }

private:
    float present_ = 1.0F;
    float target_ = 1.0F;
    int frames_left_ = 0;
};

}  // namespace studio::audio
