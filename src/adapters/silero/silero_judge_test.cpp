#include "adapters/silero/silero_judge.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <random>

#include "audio/silero/internal/random_weights.hpp"
#include "runtime/virtual_loop.hpp"

namespace studio::adapters {
namespace {

using audio::silero::Memory;
using audio::silero::Model;
using audio::silero::Network;
using audio::silero::Question;
using std::chrono_literals::operator""ms;
using Samples = std::array<std::int16_t, audio::speech_window_samples>;

Samples noise(unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<double> normal(0.0, 3'000.0);
    Samples samples{};
    for (std::int16_t& sample : samples) {
        sample = static_cast<std::int16_t>(normal(random));
    }
    return samples;
}

class SileroJudgeTest : public testing::Test {
protected:
    /// What the network says of these windows, one after the other.
    std::vector<float> expected(const std::vector<Samples>& windows) {
        Network network(model_, 1);
        Memory memory;
        std::vector<float> found;
        for (const Samples& samples : windows) {
            Question question{&memory, samples};
            network.answer({&question, 1});
            found.push_back(question.probability);
        }
        return found;
    }

    runtime::VirtualLoop loop_;
    std::shared_ptr<const Model> model_ =
        std::make_shared<const Model>(audio::silero::random_weights(1));
    SileroJudge judge_{loop_, model_, {.batch_max = 4, .delay = 14ms, .waiting_max = 12}};
};

TEST_F(SileroJudgeTest, AVerdictComesBeforeTheNextTickAndOnce) {
    const auto ear = judge_.open();
    const Samples samples = noise(1);
    ear->hear(samples);
    EXPECT_FALSE(ear->take_verdict());
    loop_.run_for(20ms);
    const auto verdict = ear->take_verdict();
    ASSERT_TRUE(verdict);
    EXPECT_EQ(verdict->windows, 1);
    EXPECT_NEAR(verdict->probability, expected({samples})[0], 2e-6F);
    EXPECT_FALSE(ear->take_verdict());
    EXPECT_EQ(loop_.pending(), 0U) << "silence costs no timer";
}

TEST_F(SileroJudgeTest, CallsThatTickWithinTheDelayShareABatch) {
    Counter& batches = metrics().counter("studio_vad_batches_total", "");
    Counter& windows = metrics().counter("studio_vad_windows_total", "");
    const auto batches_before = batches.value();
    const auto windows_before = windows.value();
    std::vector<std::unique_ptr<SpeechEar>> ears;
    for (unsigned call = 0; call < 4; ++call) {
        ears.push_back(judge_.open());
        ears.back()->hear(noise(call));
        loop_.run_for(4ms);
    }
    loop_.run_for(4ms);
    EXPECT_EQ(batches.value() - batches_before, 1U);
    EXPECT_EQ(windows.value() - windows_before, 4U);
    for (unsigned call = 0; call < 4; ++call) {
        EXPECT_NEAR(ears[call]->take_verdict()->probability, expected({noise(call)})[0], 2e-6F);
    }
}

TEST_F(SileroJudgeTest, WindowsOfOneCallAreJudgedInTheirOrderBesideOthers) {
    const auto first = judge_.open();
    const auto second = judge_.open();
    std::vector<Samples> caught_up;
    for (unsigned window = 0; window < 5; ++window) {
        caught_up.push_back(noise(20 + window));
        first->hear(caught_up.back());
    }
    second->hear(noise(30));
    first->hear(noise(25));
    caught_up.push_back(noise(25));
    loop_.run_for(20ms);
    const auto verdict = first->take_verdict();
    ASSERT_TRUE(verdict);
    EXPECT_EQ(verdict->windows, 6);
    EXPECT_NEAR(verdict->probability, expected(caught_up).back(), 2e-6F);
    EXPECT_NEAR(second->take_verdict()->probability, expected({noise(30)})[0], 2e-6F);
}

TEST_F(SileroJudgeTest, ACallThatEndsLeavesTheOthersAlone) {
    auto leaving = judge_.open();
    const auto staying = judge_.open();
    leaving->hear(noise(1));
    staying->hear(noise(2));
    leaving->hear(noise(3));
    leaving.reset();
    loop_.run_for(20ms);
    EXPECT_NEAR(staying->take_verdict()->probability, expected({noise(2)})[0], 2e-6F);
}

TEST_F(SileroJudgeTest, WhereNoPlaceIsLeftTheOthersAreJudgedAtOnce) {
    const auto ear = judge_.open();
    std::vector<Samples> all;
    for (unsigned window = 0; window < 13; ++window) {
        all.push_back(noise(40 + window));
        ear->hear(all.back());
    }
    const auto early = ear->take_verdict();
    ASSERT_TRUE(early);
    EXPECT_EQ(early->windows, 12);
    loop_.run_for(20ms);
    const auto last = ear->take_verdict();
    ASSERT_TRUE(last);
    EXPECT_EQ(last->windows, 1);
    EXPECT_NEAR(last->probability, expected(all).back(), 2e-6F);
}

TEST(LoadSilero, SaysWhatIsWrong) {
    const auto missing = load_silero("/nowhere");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error(), "there is no /nowhere/silero-vad/weights.bin");
}

}  // namespace
}  // namespace studio::adapters
