#include "adapters/sherpa/internal/voice_joiner.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <numbers>
#include <vector>

namespace studio::adapters::sherpa {
namespace {

constexpr int rate = 22'050;

/// 220 Hz between two silences; without them it begins and ends at its loudest.
std::vector<float> tone(int before_ms, int sound_ms, int after_ms) {
    std::vector<float> samples(static_cast<std::size_t>(rate * before_ms / 1'000));
    const int count = rate * sound_ms / 1'000;
    for (int index = 0; index < count; ++index) {
        const float edge = static_cast<float>(std::min(index, count - 1 - index)) / 50.0F;
        const float gain = before_ms > 0 ? std::min(edge, 1.0F) : 1.0F;
        samples.push_back(
            0.8F * gain *
            static_cast<float>(std::cos(2.0 * std::numbers::pi * 220.0 * index / rate)));
    }
    samples.resize(samples.size() + static_cast<std::size_t>(rate * after_ms / 1'000));
    return samples;
}

int jump_max(const std::vector<std::int16_t>& samples) {
    int largest = 0;
    for (std::size_t index = 1; index < samples.size(); ++index) {
        largest = std::max(largest, std::abs(samples[index] - samples[index - 1]));
    }
    return largest;
}

double seconds_of(std::size_t samples) {
    return static_cast<double>(samples) / 16'000.0;
}

TEST(VoiceJoiner, PiecesAreJoinedWithoutAClickAndWithoutADeadPause) {
    VoiceJoiner joiner(rate);
    std::vector<std::int16_t> all;
    double ends = 0.0;
    for (const bool is_last : {false, false, true}) {
        const auto joined = joiner.add(tone(60, 300, 230), ',', is_last);
        const double pause = seconds_of(joined.begin) - ends;
        if (!all.empty()) {
            // 140 ms behind the last piece, 15 ms before this one.
            EXPECT_NEAR(pause, 0.155, 0.012);
        } else {
            EXPECT_NEAR(pause, 0.015, 0.002) << "what a voice waits before it speaks is left out";
        }
        ends = seconds_of(joined.end);
        EXPECT_NEAR(ends - seconds_of(joined.begin), 0.3, 0.012);
        all.insert(all.end(), joined.samples.begin(), joined.samples.end());
    }
    EXPECT_NEAR(seconds_of(all.size()), 0.015 * 3 + 0.9 + 0.14 * 2 + 0.2, 0.04);
    // The tone alone moves by 0.8 * 32'767 * 2 pi 220 / 16'000 = 2'265 a sample.
    EXPECT_LT(jump_max(all), 2'600);
    EXPECT_GT(jump_max(all), 2'000);
    EXPECT_EQ(all.back(), 0);
}

TEST(VoiceJoiner, APieceThatEndsInSoundIsFaded) {
    VoiceJoiner joiner(rate);
    auto all = joiner.add(tone(0, 300, 0), 0, false).samples;
    const auto second = joiner.add(tone(0, 300, 0), '.', true);
    all.insert(all.end(), second.samples.begin(), second.samples.end());
    EXPECT_LT(jump_max(all), 2'600);
}

TEST(VoiceJoiner, TheMarkTellsThePause) {
    const auto pause_after = [](char mark) {
        VoiceJoiner joiner(rate);
        const auto first = joiner.add(tone(60, 300, 230), mark, false);
        return seconds_of(joiner.add(tone(60, 300, 230), '.', true).begin - first.end);
    };
    EXPECT_LT(pause_after(0), pause_after(','));
    EXPECT_LT(pause_after(','), pause_after(':'));
    EXPECT_LT(pause_after(':'), pause_after('.'));
    EXPECT_LT(pause_after('.'), 0.32);
}

TEST(VoiceJoiner, WhatIsNoSoundIsAPause) {
    VoiceJoiner joiner(rate);
    EXPECT_EQ(jump_max(joiner.add({}, ',', false).samples), 0);
    std::vector<float> odd(2'000, std::numeric_limits<float>::quiet_NaN());
    EXPECT_EQ(jump_max(joiner.add(odd, ',', false).samples), 0);
    std::fill(odd.begin(), odd.end(), 1'000.0F);
    const auto loud = joiner.add(odd, '.', true).samples;
    EXPECT_LE(*std::max_element(loud.begin(), loud.end()), 32'767);
    EXPECT_GE(*std::min_element(loud.begin(), loud.end()), -8'000) << "it is bounded, not wrapped";
}

}  // namespace
}  // namespace studio::adapters::sherpa
