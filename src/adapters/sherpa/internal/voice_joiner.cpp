#include "adapters/sherpa/internal/voice_joiner.hpp"

#include <algorithm>
#include <cmath>

#include "audio/frame.hpp"

namespace studio::adapters::sherpa {

namespace {

/// -46 dBFS: above the voice's own noise, below the start of an f or an s.
constexpr double silence = 0.005;
/// Over which loudness is taken.
constexpr int window_ms = 5;
/// Stays around what is louder, for the soft sounds at a word's ends.
constexpr int margin_ms = 15;
constexpr int fade_ms = 4;
/// More than the resampler's filter is long.
constexpr std::size_t flush_samples = 128;

float level_of(float sample) {
    return std::isfinite(sample) ? std::clamp(sample, -1.0F, 1.0F) : 0.0F;
}

bool is_silent(std::span<const float> window) {
    double sum = 0.0;
    for (const float sample : window) {
        const double level = level_of(sample);
        sum += level * level;
    }
    return sum < silence * silence * static_cast<double>(window.size());
}

/// The part that is no silence; an empty one where all is.
std::span<const float> find_sound(std::span<const float> samples, std::size_t window) {
    std::size_t begin = 0;
    std::size_t end = samples.size();
    while (begin < end && is_silent(samples.subspan(begin, std::min(window, end - begin)))) {
        begin += std::min(window, end - begin);
    }
    while (end > begin) {
        const std::size_t size = std::min(window, end - begin);
        if (!is_silent(samples.subspan(end - size, size))) {
            break;
        }
        end -= size;
    }
    return samples.subspan(begin, end - begin);
}

}  // namespace

VoiceJoiner::VoiceJoiner(int rate_hz, JoinOptions options)
    : rate_hz_(rate_hz),
      options_(options),
      resampler_(audio::ResamplerOptions{.source_rate_hz = rate_hz,
                                         .target_rate_hz = audio::sample_rate_hz}) {
    resampler_.skip_delay();
}

std::size_t VoiceJoiner::samples_of(int duration_ms) const {
    return static_cast<std::size_t>(rate_hz_) * static_cast<std::size_t>(duration_ms) / 1'000;
}

int VoiceJoiner::pause_of(char mark, bool is_last) const {
    if (is_last) {
        return options_.last_ms;
    }
    switch (mark) {
        case 0:
            return options_.within_ms;
        case ',':
            return options_.comma_ms;
        case ';':
        case ':':
            return options_.colon_ms;
        default:
            return options_.sentence_ms;
    }
}

VoiceJoiner::Joined VoiceJoiner::add(std::span<const float> samples, char mark, bool is_last) {
    const std::span<const float> sound = find_sound(samples, samples_of(window_ms));
    // What stands around it stays for some milliseconds, as far as there is any.
    const auto in_front = static_cast<std::size_t>(sound.data() - samples.data());
    const std::size_t behind = samples.size() - in_front - sound.size();
    const std::size_t margin = sound.empty() ? 0 : samples_of(margin_ms);
    const std::size_t lead = std::min(in_front, margin);
    const std::size_t tail = std::min(behind, margin);
    const std::span<const float> kept =
        samples.subspan(in_front - lead, lead + sound.size() + tail);

    source_.clear();
    const std::size_t quiet_before = samples_of(options_.before_ms);
    source_.resize(quiet_before - std::min(lead, quiet_before), 0);
    const std::size_t start = source_.size();
    const std::size_t fade = std::min(samples_of(fade_ms), kept.size() / 2);
    for (std::size_t index = 0; index < kept.size(); ++index) {
        const std::size_t edge = std::min(index, kept.size() - 1 - index);
        const float gain = edge < fade ? static_cast<float>(edge) / static_cast<float>(fade) : 1.0F;
        source_.push_back(
            static_cast<std::int16_t>(std::lround(level_of(kept[index]) * gain * 32'767.0F)));
    }
    const std::size_t pause = samples_of(pause_of(mark, is_last));
    source_.resize(source_.size() + (pause - std::min(tail, pause)) + (is_last ? flush_samples : 0),
                   0);

    const auto place = [this](std::size_t sample) {
        return sample * audio::sample_rate_hz / static_cast<std::size_t>(rate_hz_);
    };
    Joined joined;
    joined.begin = place(before_ + start + lead);
    joined.end = place(before_ + start + lead + sound.size());
    before_ += source_.size();
    resample(joined.samples);
    return joined;
}

void VoiceJoiner::resample(std::vector<std::int16_t>& target) {
    target.resize(resampler_.target_samples_max(source_.size()));
    target.resize(resampler_.process(source_, target));
}

}  // namespace studio::adapters::sherpa
