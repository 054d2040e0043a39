#include "chaos_caller.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace studio::chaos {
namespace {

/// Mean of the absolute samples; the agent's tones are at 3,000 and more.
constexpr std::int64_t loud_mean = 300;
/// Shorter pauses are inside of what is said.
constexpr milliseconds pause_max{200};
constexpr unsigned window_frames_max = 5;
constexpr double tone_amplitude = 3'000.0;

std::int64_t to_ns(Instant at) {
    return std::chrono::duration_cast<nanoseconds>(at.time_since_epoch()).count();
}

const char* name_of(MediaCloseReason reason) {
    switch (reason) {
        case MediaCloseReason::local:
            return "local";
        case MediaCloseReason::remote:
            return "remote";
        case MediaCloseReason::connection_lost:
            return "connection_lost";
        case MediaCloseReason::never_connected:
            return "never_connected";
        case MediaCloseReason::failed:
            return "failed";
        case MediaCloseReason::replaced:
            return "replaced";
        case MediaCloseReason::caller_lost:
        case MediaCloseReason::caller_removed:
        case MediaCloseReason::room_closed:
        case MediaCloseReason::dismissed:
            return "sent_away";
    }
    return "unknown";
}

}  // namespace

ChaosCaller::ChaosCaller(const std::vector<std::int16_t>& speech, Report report)
    : speech_(speech), report_(std::move(report)) {}

void ChaosCaller::say(double hz) {
    hz_ = hz;
    position_ = 0;
}

void ChaosCaller::on_media_event(const MediaEvent& event) {
    if (std::holds_alternative<MediaConnected>(event)) {
        report_({{"event", "connected"}});
    } else if (const auto* closed = std::get_if<MediaClosed>(&event)) {
        closed_ = true;
        report_({{"event", "closed"}, {"reason", name_of(closed->reason)}});
    }
}

bool ChaosCaller::on_media_frame(const InboundFrame& inbound, audio::Frame& outbound, Instant now) {
    hear(inbound, now);
    if (!position_) {
        return false;
    }
    if (*position_ == 0) {
        said_from_ = now;
    }
    for (std::int16_t& sample : outbound.samples) {
        phase_ += 2.0 * std::numbers::pi * hz_ / audio::sample_rate_hz;
        const double spoken = *position_ < speech_.size() ? speech_[*position_] : 0;
        ++*position_;
        sample = static_cast<std::int16_t>(
            std::clamp(spoken * 0.7 + tone_amplitude * std::sin(phase_), -32'000.0, 32'000.0));
    }
    if (*position_ >= speech_.size()) {
        position_.reset();
        report_({{"event", "said"}, {"from", to_ns(said_from_)}, {"at", to_ns(now)}});
    }
    return true;
}

void ChaosCaller::hear(const InboundFrame& inbound, Instant now) {
    std::int64_t sum = 0;
    unsigned crossings = 0;
    // What was made up for lost packets is no sign of life.
    if (inbound.origin == FrameOrigin::received) {
        for (const std::int16_t sample : inbound.frame.samples) {
            sum += std::abs(int{sample});
            crossings += (sample < 0) != was_negative_ ? 1U : 0U;
            was_negative_ = sample < 0;
        }
    }
    const auto samples = static_cast<std::int64_t>(audio::frame_samples);
    if (sum > loud_mean * samples) {
        loud_at_ = now;
        if (!sounds_) {
            sounds_ = true;
            report_({{"event", "sound"}, {"at", to_ns(now)}});
        }
        window_crossings_ += crossings;
        if (++window_frames_ == window_frames_max) {
            const double window_seconds = window_frames_max * 0.02;
            report_({{"event", "tone"},
                     {"at", to_ns(now)},
                     {"hz", window_crossings_ / (2.0 * window_seconds)}});
            window_frames_ = window_crossings_ = 0;
        }
        return;
    }
    window_frames_ = window_crossings_ = 0;
    if (sounds_ && now - loud_at_ > pause_max) {
        sounds_ = false;
        report_({{"event", "quiet"}, {"at", to_ns(loud_at_)}});
    }
}

}  // namespace studio::chaos
