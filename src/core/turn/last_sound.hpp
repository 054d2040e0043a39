#pragma once

#include "base/time.hpp"

namespace studio::core {

/// When the caller's last sound was captured: the moment from which every latency of a turn counts.
/// The voice detector lets go of a word before it has faded out ("please", "evening"), by a tenth
/// of a second and more, and whoever measures from outside counts the whole word. So what is
/// audible shortly after the last frame with speech belongs to it, if it ends; sound that goes on
/// is noise, and then the detector's word counts. Pure; one owner.
class LastSound {
public:
    /// The longest fade-out of a word. Below the least end-of-turn silence (300 ms), so that a
    /// sound which is still there when the turn ends is told from one.
    static constexpr milliseconds fade_max{240};

    /// A frame was audible; `captured_at` is when its last sample was captured.
    void hear(Instant captured_at) { latest_ = captured_at; }
    /// The last audible sample so far.
    [[nodiscard]] Instant latest() const { return latest_; }
    /// The end of the word in which the voice detector saw speech last.
    [[nodiscard]] Instant end_of(Instant last_speech) const {
        const bool is_fade = latest_ > last_speech && latest_ - last_speech <= fade_max;
        return is_fade ? latest_ : last_speech;
    }

private:
    Instant latest_{};
};

}  // namespace studio::core
