#include "apps/call/caller_script.hpp"

#include <gtest/gtest.h>

namespace studio::apps {
namespace {

audio::Frame tone() {
    audio::Frame frame;
    for (std::size_t index = 0; index < frame.samples.size(); ++index) {
        frame.samples.at(index) = static_cast<std::int16_t>(index % 2 == 0 ? 8000 : -8000);
    }
    return frame;
}

/// Drives a script with frames of the agent, 20 ms each, from time zero on.
class CallerScriptTest : public testing::Test {
protected:
    std::size_t tick(bool agent_speaks, std::size_t times) {
        std::size_t spoken = 0;
        for (std::size_t index = 0; index < times; ++index) {
            const audio::Frame heard = agent_speaks ? tone() : audio::Frame{};
            spoken += script_.exchange(heard, now_) != nullptr ? 1U : 0U;
            now_ += audio::frame_duration;
        }
        return spoken;
    }

    Instant now_{};
    // Two lines of ten frames, of which the last two are silent.
    CallerScript script_{[] {
        CallerScript::Line line(8, tone());
        line.resize(10);
        return std::vector<CallerScript::Line>{line, line};
    }()};
};

TEST_F(CallerScriptTest, SpeaksOnlyAfterTheAgentHasFinished) {
    EXPECT_EQ(tick(true, 50), 0U);
    EXPECT_EQ(tick(false, 40), 0U);
    EXPECT_EQ(tick(false, 20), 10U);
    EXPECT_EQ(script_.lines_done(), 1U);
    EXPECT_FALSE(script_.done());
}

TEST_F(CallerScriptTest, MeasuresFromTheLastSpeechSampleToTheFirstHeard) {
    tick(true, 10);
    tick(false, 41 + 10);  // 40 silent frames, then the line; its last speech ends 2 frames early.
    tick(false, 9);
    tick(true, 1);
    ASSERT_EQ(script_.answers().size(), 1U);
    EXPECT_EQ(script_.answers()[0].line, 0U);
    // From the end of the last loud frame: two silent ones of the line, and ten of listening.
    EXPECT_EQ(script_.answers()[0].mouth_to_ear, milliseconds(20 * (1 + 2 + 10)));
}

TEST_F(CallerScriptTest, SpeaksAnywayWhenTheAgentNeverDoes) {
    EXPECT_EQ(tick(false, 400), 0U);
    EXPECT_EQ(tick(false, 20), 10U);
}

TEST_F(CallerScriptTest, HangsUpAfterTheLastAnswer) {
    for (int round = 0; round < 2; ++round) {
        tick(true, 10);
        tick(false, 60);
    }
    EXPECT_EQ(script_.lines_done(), 2U);
    EXPECT_FALSE(script_.done());
    tick(true, 10);
    tick(false, 41);
    EXPECT_TRUE(script_.done());
}

}  // namespace
}  // namespace studio::apps
