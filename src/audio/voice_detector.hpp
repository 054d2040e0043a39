#pragma once

#include <array>
#include <cstddef>

#include "audio/frame.hpp"

namespace studio::audio {

/// Tells speech from everything else, 20 ms at a time, without a model: speech is louder than the
/// noise around it and, in its vowels, periodic at 70 to 400 Hz without being a pure tone. Steady
/// noise, breath, clicks and signalling tones lack one of the three. Knows nothing of words:
/// whether a cough interrupts is not decided here. A few microseconds a frame, no allocation. One
/// owner.
///
///     frame -> low pass 900 Hz, 4 kHz -+-> loudness over the noise floor --+
///                                      +-> periodicity (autocorrelation) --+-> product ->
///                                      smoothing
///                                      +-> not foreseeable like a tone ----+
class VoiceDetector {
public:
    VoiceDetector();

    /// The probability that the newest frame belongs to speech, 0..1. It rises above 0.5 within
    /// 2 frames of voiced speech and bridges consonants of about 100 ms.
    [[nodiscard]] float process(const Frame& frame);

    /// Whether anything below 900 Hz stands out of the background in the newest frame.
    [[nodiscard]] bool is_loud() const { return is_loud_; }
    /// The estimated level of the background below 900 Hz, in dBFS.
    [[nodiscard]] float noise_floor_dbfs() const { return floor_; }

private:
    static constexpr std::size_t decimation = 4;
    static constexpr std::size_t block = frame_samples / decimation;
    static constexpr std::size_t history = 2 * block;
    static constexpr std::size_t floor_windows = 8;

    /// One second-order section in transposed direct form II.
    struct Section {
        float b0 = 0.0F;
        float b1 = 0.0F;
        float b2 = 0.0F;
        float a1 = 0.0F;
        float a2 = 0.0F;
        float s1 = 0.0F;
        float s2 = 0.0F;
        [[nodiscard]] float process(float x);
    };

    void decimate(const Frame& frame);
    void follow_floor(float level);

    std::array<Section, 2> low_pass_{};
    Section high_pass_{};
    std::array<float, history> signal_{};
    float floor_;
    std::array<float, floor_windows> minima_{};
    std::size_t frames_in_window_ = 0;
    float probability_ = 0.0F;
    bool is_loud_ = false;
};

}  // namespace studio::audio
