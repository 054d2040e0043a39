#include "audio/log_mel/log_mel.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace studio::audio {

namespace {

constexpr std::size_t window_samples = Spectrum400::size;
constexpr std::size_t hop = 160;
constexpr std::size_t margin = window_samples / 2;
constexpr double rate_hz = 16'000.0;
/// What is added to the variance, so that silence does not divide by zero.
constexpr double least_variance = 1e-7;
constexpr float least_power = 1e-10F;
/// In powers of ten.
constexpr float range = 8.0F;

// Slaney's scale (Auditory Toolbox, 1998): straight up to 1 kHz, 15 mels, and from there on 27 mels
// for a factor of 6.4.
constexpr double knee_hz = 1'000.0;
constexpr double knee_mel = 15.0;

double mel_of(double hz) {
    return hz < knee_hz ? hz * knee_mel / knee_hz
                        : knee_mel + std::log(hz / knee_hz) * 27.0 / std::log(6.4);
}

double hz_of(double mel) {
    return mel < knee_mel ? mel * knee_hz / knee_mel
                          : knee_hz * std::exp((mel - knee_mel) * std::log(6.4) / 27.0);
}

/// The last eight seconds, scaled to mean 0 and variance 1, with their mirrored margins.
std::vector<float> prepare(std::span<const std::int16_t> sound) {
    sound = sound.last(std::min(sound.size(), LogMel::samples));
    double sum = 0.0;
    double squares = 0.0;
    for (const std::int16_t sample : sound) {
        const double value = static_cast<double>(sample) / 32'768.0;
        sum += value;
        squares += value * value;
    }
    const double mean = sum / LogMel::samples;
    const double variance = std::max(squares / LogMel::samples - mean * mean, 0.0);
    const double scale = 1.0 / std::sqrt(variance + least_variance);
    std::vector<float> prepared(LogMel::samples + 2 * margin, static_cast<float>(-mean * scale));
    float* const end = prepared.data() + margin + LogMel::samples;
    std::transform(sound.begin(), sound.end(), end - sound.size(), [mean, scale](auto sample) {
        return static_cast<float>((static_cast<double>(sample) / 32'768.0 - mean) * scale);
    });
    float* const begin = prepared.data() + margin;
    for (std::size_t index = 0; index < margin; ++index) {
        *(begin - 1 - index) = *(begin + 1 + index);
        *(end + index) = *(end - 2 - index);
    }
    return prepared;
}

}  // namespace

LogMel::LogMel() {
    for (std::size_t index = 0; index < window_samples; ++index) {
        const double turn = static_cast<double>(index) / static_cast<double>(window_samples);
        window_[index] = static_cast<float>(0.5 - 0.5 * std::cos(2.0 * std::numbers::pi * turn));
    }
    std::array<double, bands + 2> corners{};
    const double mels = mel_of(rate_hz / 2);
    for (std::size_t index = 0; index < corners.size(); ++index) {
        corners[index] = hz_of(mels * static_cast<double>(index) / (bands + 1));
    }
    for (std::size_t index = 0; index < bands; ++index) {
        const double low = corners[index];
        const double middle = corners[index + 1];
        const double high = corners[index + 2];
        Band& band = bands_[index];
        for (std::size_t bin = 0; bin < Powers().size(); ++bin) {
            const double hz = static_cast<double>(bin) * rate_hz / window_samples;
            const double height =
                std::min((hz - low) / (middle - low), (high - hz) / (high - middle));
            if (height <= 0.0) {
                continue;
            }
            if (band.weights.empty()) {
                band.first = bin;
            }
            band.weights.push_back(static_cast<float>(height * 2.0 / (high - low)));
        }
    }
}

void LogMel::compute(std::span<const std::int16_t> sound, std::span<float> features) const {
    const std::vector<float> prepared = prepare(sound);
    Spectrum400::Numbers values;
    Spectrum400::Numbers spare;
    Powers first;
    Powers second;
    // The frames before the sound, which are all the same.
    const std::size_t padding = samples - std::min(sound.size(), samples);
    const std::size_t equal = padding > margin ? (padding - margin) / hop : 0;
    // Two frames at a time: one is the real part, one the imaginary one.
    for (std::size_t frame = 0; frame < frames; frame += 2) {
        if (frame > 0 && frame + 2 <= equal) {
            add_frame_again(frame, features);
            continue;
        }
        const float* const at = prepared.data() + frame * hop;
        for (std::size_t index = 0; index < window_samples; ++index) {
            values.real[index] = at[index] * window_[index];
            values.imaginary[index] = at[hop + index] * window_[index];
        }
        spectrum_.transform(values, spare);
        for (std::size_t bin = 0; bin < first.size(); ++bin) {
            const std::size_t mirrored = (window_samples - bin) % window_samples;
            const float sum_real = values.real[bin] + values.real[mirrored];
            const float sum_imaginary = values.imaginary[bin] + values.imaginary[mirrored];
            const float difference_real = values.real[bin] - values.real[mirrored];
            const float difference_imaginary = values.imaginary[bin] - values.imaginary[mirrored];
            first[bin] =
                0.25F * (sum_real * sum_real + difference_imaginary * difference_imaginary);
            second[bin] =
                0.25F * (sum_imaginary * sum_imaginary + difference_real * difference_real);
        }
        add_frame(first, frame, features);
        add_frame(second, frame + 1, features);
    }
    const auto all = features.first(bands * frames);
    const float least = *std::max_element(all.begin(), all.end()) - range;
    for (float& value : all) {
        value = (std::max(value, least) + 4.0F) / 4.0F;
    }
}

/// Two that are like the first.
void LogMel::add_frame_again(std::size_t frame, std::span<float> features) {
    for (std::size_t index = 0; index < bands; ++index) {
        float* const band = features.data() + index * frames;
        band[frame] = band[0];
        band[frame + 1] = band[0];
    }
}

void LogMel::add_frame(const Powers& powers, std::size_t frame, std::span<float> features) const {
    for (std::size_t index = 0; index < bands; ++index) {
        const Band& band = bands_[index];
        float sum = 0.0F;
        for (std::size_t bin = 0; bin < band.weights.size(); ++bin) {
            sum += band.weights[bin] * powers[band.first + bin];
        }
        features[index * frames + frame] = std::log10(std::max(sum, least_power));
    }
}

}  // namespace studio::audio
