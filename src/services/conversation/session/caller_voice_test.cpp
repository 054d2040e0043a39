#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

#include "services/conversation/session/internal/caller_voice.hpp"

namespace studio::services {
namespace {

/// Holds everything for one probability, from the next tick on.
class FakeJudge final : public SpeechJudge {
public:
    std::unique_ptr<SpeechEar> open() override { return std::make_unique<Ear>(*this); }

    float probability = 0.0F;
    int windows = 0;

private:
    struct Ear final : SpeechEar {
        explicit Ear(FakeJudge& its_judge) : judge(its_judge) {}
        void hear(audio::SpeechWindow) override {
            ++judge.windows;
            ++fresh;
        }
        std::optional<SpeechVerdict> take_verdict() override {
            if (fresh == 0) {
                return std::nullopt;
            }
            return SpeechVerdict{judge.probability, std::exchange(fresh, 0)};
        }
        FakeJudge& judge;
        int fresh = 0;
    };
};

audio::Frame voice(std::size_t number) {
    audio::Frame frame;
    for (std::size_t index = 0; index < audio::frame_samples; ++index) {
        const double time =
            static_cast<double>(number * audio::frame_samples + index) / audio::sample_rate_hz;
        double sum = 0.0;
        for (int harmonic = 1; harmonic <= 16; ++harmonic) {
            sum += std::sin(harmonic * (2 * std::numbers::pi * 150.0 * time +
                                        9.0 * std::sin(2 * std::numbers::pi * 1.3 * time)));
        }
        frame.samples[index] = static_cast<std::int16_t>(900.0 * sum);
    }
    return frame;
}

/// The probabilities of half a second of voice after a second of silence.
std::vector<double> listen(CallerVoice& caller, bool early) {
    for (int number = 0; number < 50; ++number) {
        static_cast<void>(caller.learn());
        EXPECT_LT(caller.hear({}, early), 0.05);
    }
    std::vector<double> found;
    for (std::size_t number = 0; number < 25; ++number) {
        static_cast<void>(caller.learn());
        found.push_back(caller.hear(voice(number), early));
    }
    return found;
}

TEST(CallerVoice, WithoutAModelThePlainDetectorIsAllThereIs) {
    CallerVoice caller(nullptr);
    EXPECT_FALSE(caller.learn());
    EXPECT_GT(listen(caller, false).back(), 0.8);
}

TEST(CallerVoice, TheModelDecides) {
    FakeJudge judge;
    CallerVoice caller(&judge);
    judge.probability = 0.2F;
    const auto found = listen(caller, true);
    // Early the plain detector may have been believed.
    EXPECT_GT(*std::max_element(found.begin(), found.end()), 0.5);
    EXPECT_NEAR(found.back(), 0.2, 1e-6);
    EXPECT_GT(judge.windows, 12);
}

TEST(CallerVoice, WhereThereIsTimeOnlyTheModelIsBelieved) {
    FakeJudge judge;
    CallerVoice caller(&judge);
    judge.probability = 0.2F;
    const auto found = listen(caller, false);
    EXPECT_LT(*std::max_element(found.begin(), found.end()), 0.3);
}

TEST(CallerVoice, SilenceIsNotJudged) {
    FakeJudge judge;
    CallerVoice caller(&judge);
    for (int number = 0; number < 500; ++number) {
        static_cast<void>(caller.learn());
        static_cast<void>(caller.hear({}, true));
    }
    EXPECT_EQ(judge.windows, 0);
}

}  // namespace
}  // namespace studio::services
