#include "audio/voice_detector.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numbers>
#include <random>
#include <vector>

namespace studio::audio {
namespace {

using Signal = std::function<double(std::size_t)>;

constexpr double pi = std::numbers::pi;

struct Heard {
    int frames = 0;
    int active = 0;
    float highest = 0.0F;
};

Heard listen(VoiceDetector& detector, int frames, const Signal& signal, std::size_t from = 0) {
    Heard heard{.frames = frames};
    for (int number = 0; number < frames; ++number) {
        Frame frame;
        for (std::size_t index = 0; index < frame_samples; ++index) {
            const double value =
                signal(from + static_cast<std::size_t>(number) * frame_samples + index);
            frame.samples[index] =
                static_cast<std::int16_t>(std::clamp(value, -32'768.0, 32'767.0));
        }
        const float probability = detector.process(frame);
        heard.highest = std::max(heard.highest, probability);
        heard.active += probability > 0.5F ? 1 : 0;
    }
    return heard;
}

Signal noise(double deviation, unsigned seed = 1) {
    auto random = std::make_shared<std::mt19937>(seed);
    auto normal = std::make_shared<std::normal_distribution<double>>(0.0, deviation);
    return [random, normal](std::size_t) { return (*normal)(*random); };
}

Signal tones(double first_hz, double second_hz, double peak) {
    return [=](std::size_t index) {
        const double time = static_cast<double>(index) / sample_rate_hz;
        return peak * (std::sin(2 * pi * first_hz * time) + std::sin(2 * pi * second_hz * time));
    };
}

/// A vowel: harmonics of a gliding pitch under two formants, with the loudness of syllables.
Signal vowel(double pitch_hz, double peak) {
    return [=](std::size_t index) {
        const double time = static_cast<double>(index) / sample_rate_hz;
        const double glide = 0.6 * std::sin(2 * pi * 1.3 * time);
        double sum = 0.0;
        for (int harmonic = 1; harmonic * pitch_hz < 3'500.0; ++harmonic) {
            const double hz = harmonic * pitch_hz;
            const double weight = 1.0 / (1.0 + std::pow((hz - 500.0) / 200.0, 2)) +
                                  0.4 / (1.0 + std::pow((hz - 1'500.0) / 250.0, 2));
            sum += weight * std::sin(harmonic * (2 * pi * pitch_hz * time + glide * pitch_hz / 10));
        }
        const double loudness = 0.6 + 0.4 * std::sin(2 * pi * 4.0 * time);
        return peak * loudness * sum;
    };
}

TEST(VoiceDetector, HearsVowelsOfMenWomenAndChildrenAtOnce) {
    for (const double pitch : {85.0, 120.0, 200.0, 260.0, 330.0}) {
        VoiceDetector detector;
        const Signal background = noise(20.0);
        EXPECT_EQ(listen(detector, 50, background).active, 0);
        const Signal voice = vowel(pitch, 3'000.0);
        const auto both = [&](std::size_t index) { return voice(index) + background(index); };
        EXPECT_GE(listen(detector, 4, both).active, 1) << pitch;
        EXPECT_GE(listen(detector, 46, both, 4 * frame_samples).active, 40) << pitch;
    }
}

TEST(VoiceDetector, NoiseOfAnyLevelIsNoSpeech) {
    for (const double deviation : {0.0, 5.0, 50.0, 500.0, 5'000.0}) {
        VoiceDetector detector;
        EXPECT_EQ(listen(detector, 500, noise(deviation)).active, 0) << deviation;
    }
}

TEST(VoiceDetector, NoiseThatStartsSuddenlyIsNoSpeech) {
    VoiceDetector detector;
    EXPECT_EQ(listen(detector, 100, noise(10.0)).active, 0);
    EXPECT_EQ(listen(detector, 100, noise(2'000.0)).active, 0);
}

TEST(VoiceDetector, BreathIsNoSpeech) {
    VoiceDetector detector;
    const Signal hiss = noise(1'500.0, 3);
    const auto breath = [&](std::size_t index) {
        const double phase = static_cast<double>(index % 32'000) / 32'000.0;
        return hiss(index) * std::pow(std::sin(pi * phase), 4);
    };
    EXPECT_EQ(listen(detector, 400, breath).active, 0);
}

TEST(VoiceDetector, ClicksAreNoSpeech) {
    VoiceDetector detector;
    const Signal background = noise(10.0);
    const auto clicks = [&](std::size_t index) {
        const std::size_t phase = index % 5'000;
        return background(index) + (phase < 8 ? 25'000.0 : 0.0);
    };
    EXPECT_EQ(listen(detector, 400, clicks).active, 0);
}

TEST(VoiceDetector, TonesAreNoSpeech) {
    // A dialling tone, a busy tone's pair, DTMF "5", and the hum of the mains.
    const double pairs[][2] = {{425.0, 425.0}, {480.0, 620.0}, {770.0, 1'336.0}, {50.0, 100.0}};
    for (const auto& [first, second] : pairs) {
        VoiceDetector detector;
        const Signal background = noise(10.0);
        EXPECT_EQ(listen(detector, 100, background).active, 0);
        const Signal pair = tones(first, second, 4'000.0);
        const auto both = [&](std::size_t index) { return pair(index) + background(index); };
        EXPECT_LE(listen(detector, 100, both).active, 5) << first;
    }
}

TEST(VoiceDetector, FallsSilentSoonAfterTheVoice) {
    VoiceDetector detector;
    const Signal background = noise(20.0);
    static_cast<void>(listen(detector, 50, background));
    EXPECT_GT(listen(detector, 50, vowel(150.0, 3'000.0)).active, 40);
    EXPECT_LE(listen(detector, 50, background).active, 10);
}

}  // namespace
}  // namespace studio::audio
