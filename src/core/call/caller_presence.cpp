#include "core/call/caller_presence.hpp"

#include <utility>

namespace studio::core {

void CallerPresence::set_muted(bool is_muted) {
    if (std::exchange(is_muted_, is_muted) == is_muted) {
        return;
    }
    if (is_muted) {
        is_away_ = false;
    }
    // Packets begin or cease now, which tells nothing.
    packet_at_.reset();
    silent_since_.reset();
}

void CallerPresence::handle_frame(bool is_received, bool is_audible, Instant now) {
    if (is_muted_) {
        return;
    }
    const nanoseconds pause = packet_at_ ? now - *packet_at_ : nanoseconds(0);
    if (is_audible || !packet_at_ || pause > options_.pause_max) {
        silent_since_.reset();
    }
    if (is_received) {
        packet_at_ = now;
        is_away_ = false;
        if (!is_audible && !silent_since_) {
            silent_since_ = now;
        }
        is_proven_ = is_proven_ || (silent_since_ && now - *silent_since_ >= options_.proof);
        return;
    }
    if (!is_proven_ || !packet_at_) {
        return;
    }
    is_away_ = pause >= options_.away_after;
    if (pause >= options_.away_after + options_.away_max) {
        is_away_ = false;
        is_proven_ = false;
    }
}

}  // namespace studio::core
