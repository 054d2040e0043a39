#include "audio/speech_evidence.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>
#include <vector>

namespace studio::audio {
namespace {

/// Frames of a voice-like buzz, or of faint noise, with a number on each window.
class SpeechEvidenceTest : public testing::Test {
protected:
    Frame frame(bool voiced) {
        Frame made;
        for (std::int16_t& sample : made.samples) {
            const double time = static_cast<double>(at_++) / sample_rate_hz;
            double value = normal_(random_);
            if (voiced) {
                const double glide = 0.6 * std::sin(2 * std::numbers::pi * 1.3 * time);
                for (int harmonic = 1; harmonic <= 16; ++harmonic) {
                    value += 900.0 * std::sin(harmonic *
                                              (2 * std::numbers::pi * 150.0 * time + 15.0 * glide));
                }
            }
            sample = static_cast<std::int16_t>(std::clamp(value, -32'000.0, 32'000.0));
            samples_.push_back(sample);
        }
        return made;
    }
    /// Hears frames; the windows that come due are judged before the next one.
    void hear(int frames, bool voiced, float verdict) {
        for (int number = 0; number < frames; ++number) {
            if (due_ > 0) {
                evidence_.judged(verdict, due_);
                due_ = 0;
            }
            evidence_.hear(frame(voiced));
            while (const auto window = evidence_.next_window()) {
                windows_.emplace_back(window->begin(), window->end());
                ++due_;
            }
        }
    }
    [[nodiscard]] std::vector<std::int16_t> window_at(std::size_t index) const {
        const auto begin = samples_.begin() + static_cast<std::ptrdiff_t>(index * 512);
        return {begin, begin + 512};
    }

    SpeechEvidence evidence_;
    std::mt19937 random_{1};
    std::normal_distribution<double> normal_{0.0, 10.0};
    std::size_t at_ = 0;
    int due_ = 0;
    std::vector<std::int16_t> samples_;
    std::vector<std::vector<std::int16_t>> windows_;
};

TEST_F(SpeechEvidenceTest, SilenceAsksNothing) {
    hear(500, false, 0.9F);
    EXPECT_TRUE(windows_.empty());
    EXPECT_FALSE(evidence_.is_asking());
    EXPECT_LT(evidence_.probability(true), 0.05F);
}

TEST_F(SpeechEvidenceTest, AVoiceIsAskedAboutWithWhatCameBeforeItAndWithoutGaps) {
    hear(100, false, 0.0F);
    hear(20, true, 0.9F);
    ASSERT_GT(windows_.size(), 12U);
    // 62 windows were whole when the voice began, and the gate opened within two frames.
    std::size_t first = 0;
    while (window_at(first) != windows_.front()) {
        ASSERT_LT(++first, 70U) << "the first window is none of what was heard";
    }
    EXPECT_GE(first, 58U);
    EXPECT_LE(first, 60U);
    for (std::size_t index = 0; index < windows_.size(); ++index) {
        ASSERT_EQ(windows_[index], window_at(first + index)) << index;
    }
}

TEST_F(SpeechEvidenceTest, TheVerdictCountsOnceTheModelHasHeardEnough) {
    hear(100, false, 0.0F);
    hear(20, true, 0.3F);
    EXPECT_GT(evidence_.plain(), 0.8F);
    EXPECT_EQ(evidence_.probability(true), 0.3F);
    EXPECT_EQ(evidence_.probability(false), 0.3F);
}

TEST_F(SpeechEvidenceTest, EarlyThePlainDetectorCountsUntilThen) {
    hear(100, false, 0.0F);
    // Unsure: no veto, and no speech.
    int early_frames = 0;
    for (int number = 0; number < 20; ++number) {
        hear(1, true, 0.2F);
        early_frames += evidence_.probability(true) >= 0.5F ? 1 : 0;
        EXPECT_LT(evidence_.probability(false), 0.5F);
    }
    // Enough to duck the agent (4), and no longer than three windows and a tick.
    EXPECT_GE(early_frames, 4);
    EXPECT_LE(early_frames, 6);
}

TEST_F(SpeechEvidenceTest, AVetoEndsTheEarlyWordBeforeItDucks) {
    hear(100, false, 0.0F);
    int early_frames = 0;
    for (int number = 0; number < 20; ++number) {
        hear(1, true, 0.01F);
        early_frames += evidence_.probability(true) >= 0.5F ? 1 : 0;
    }
    EXPECT_GE(early_frames, 1);
    EXPECT_LE(early_frames, 3);
}

TEST_F(SpeechEvidenceTest, WordsEndWithTheirSoundAlsoWhereTheModelLingers) {
    hear(100, false, 0.0F);
    hear(50, true, 0.95F);
    EXPECT_GT(evidence_.probability(false), 0.9F);
    hear(12, false, 0.95F);
    EXPECT_LT(evidence_.probability(false), 0.35F);
}

TEST_F(SpeechEvidenceTest, HalfASecondOfNothingEndsTheAsking) {
    hear(100, false, 0.0F);
    hear(20, true, 0.9F);
    // The plain detector itself takes half a second to fall.
    hear(55, false, 0.0F);
    EXPECT_FALSE(evidence_.is_asking());
    const std::size_t asked = windows_.size();
    hear(100, false, 0.9F);
    EXPECT_EQ(windows_.size(), asked);
    EXPECT_LT(evidence_.probability(true), 0.05F);
}

TEST_F(SpeechEvidenceTest, AModelThatHearsSpeechKeepsItOpen) {
    hear(100, false, 0.0F);
    hear(20, true, 0.9F);
    hear(100, false, 0.5F);
    EXPECT_TRUE(evidence_.is_asking());
}

TEST_F(SpeechEvidenceTest, WindowsThatNobodyTakesAreLostAndTheRestIsInOrder) {
    hear(100, false, 0.0F);
    for (int number = 0; number < 60; ++number) {
        evidence_.hear(frame(true));
    }
    std::vector<std::vector<std::int16_t>> taken;
    while (const auto window = evidence_.next_window()) {
        taken.emplace_back(window->begin(), window->end());
    }
    ASSERT_EQ(taken.size(), 7U);
    for (std::size_t index = 0; index < taken.size(); ++index) {
        EXPECT_EQ(taken[index], window_at(100 - 7 + index));
    }
}

}  // namespace
}  // namespace studio::audio
