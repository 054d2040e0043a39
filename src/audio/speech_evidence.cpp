#include "audio/speech_evidence.hpp"

#include <algorithm>

namespace studio::audio {

namespace {

/// As the turn taker counts speech by default (core::TurnOptions), with its hysteresis.
constexpr float speech_from = 0.5F;
constexpr float speech_until = 0.35F;

}  // namespace

SpeechEvidence::SpeechEvidence(const SpeechEvidenceOptions& options) : options_(options) {
    // Beside them there is the one that is being filled.
    options_.catch_up_windows =
        std::min<std::uint64_t>(options_.catch_up_windows, windows_kept - 1);
}

void SpeechEvidence::hear(const Frame& frame) {
    plain_ = detector_.process(frame);
    keep(frame);
    watch_plain();
    const bool is_sign =
        plain_ >= options_.open_threshold || (is_asking_ && judged_ >= options_.close_threshold);
    quiet_frames_ = is_sign ? 0 : quiet_frames_ + 1;
    if (is_sign && !is_asking_) {
        start_asking();
    } else if (is_asking_ && quiet_frames_ >= options_.close_frames) {
        is_asking_ = false;
    }
}

void SpeechEvidence::keep(const Frame& frame) {
    std::span<const std::int16_t> rest(frame.samples);
    while (!rest.empty()) {
        const std::size_t count = std::min(rest.size(), speech_window_samples - in_window_);
        auto& window = ring_[whole_ % windows_kept];
        std::copy_n(rest.begin(), count, window.begin() + static_cast<std::ptrdiff_t>(in_window_));
        in_window_ += count;
        rest = rest.subspan(count);
        if (in_window_ == speech_window_samples) {
            in_window_ = 0;
            ++whole_;
        }
    }
}

void SpeechEvidence::watch_plain() {
    hush_frames_ = detector_.is_loud() ? 0 : hush_frames_ + 1;
    const bool is_speech = plain_ >= (is_plain_speech_ ? speech_until : speech_from);
    if (is_speech && !is_plain_speech_) {
        plain_since_ = whole_;
    }
    is_plain_speech_ = is_speech;
}

void SpeechEvidence::start_asking() {
    is_asking_ = true;
    judged_ = 0.0F;
    taken_ = std::max(taken_, whole_ - std::min(whole_, options_.catch_up_windows));
    judged_until_ = taken_;
}

std::optional<SpeechWindow> SpeechEvidence::next_window() {
    if (!is_asking_ || taken_ == whole_) {
        return std::nullopt;
    }
    if (whole_ - taken_ >= windows_kept) {
        // Nobody took them, and the oldest are overwritten.
        const std::uint64_t lost = whole_ - taken_ - windows_kept + 1;
        taken_ += lost;
        judged_until_ += lost;
    }
    return SpeechWindow(ring_[taken_++ % windows_kept]);
}

void SpeechEvidence::judged(float probability, int windows) {
    // What was asked before a silence says nothing of the present.
    if (is_asking_) {
        judged_until_ += static_cast<std::uint64_t>(windows);
        judged_ = probability;
    }
}

float SpeechEvidence::probability(bool early) const {
    if (!is_asking_) {
        return plain_;
    }
    if (hush_frames_ >= options_.hush_frames) {
        return std::min(judged_, plain_);
    }
    const bool is_vetoed = judged_until_ > plain_since_ && judged_ < options_.veto_threshold;
    const bool is_early = judged_until_ < plain_since_ + options_.early_windows && !is_vetoed;
    return early && is_early ? std::max(plain_, judged_) : judged_;
}

}  // namespace studio::audio
