#include "core/playout/playout.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace studio::core {
namespace {

constexpr std::size_t second = 16'000;

class PlayoutTest : public testing::Test {
protected:
    void input(PlayoutInput value) { playout_.handle(std::move(value), Instant{}); }
    /// A sentence of which each sample has the value of its 20 ms: position becomes visible.
    void queue(std::uint32_t id, const std::string& text, std::size_t samples) {
        input(SentenceQueued{id, text});
        std::vector<std::int16_t> audio(samples);
        for (std::size_t index = 0; index < samples; ++index) {
            audio[index] = static_cast<std::int16_t>(1 + index / 320);
        }
        input(SentenceAudio{id, std::move(audio)});
        input(SentenceComplete{id});
    }
    std::string outputs() {
        std::string all;
        while (const auto output = playout_.poll_output()) {
            if (const auto* started = std::get_if<SentenceStarted>(&*output)) {
                all += "start" + std::to_string(started->sentence) + " ";
            } else if (const auto* finished = std::get_if<SentenceFinished>(&*output)) {
                all += "finish" + std::to_string(finished->sentence) + " ";
            } else {
                const auto& dropped = std::get<SentenceDropped>(*output);
                all += "drop" + std::to_string(dropped.sentence) + "(" + dropped.heard + ") ";
            }
        }
        return all;
    }
    /// Pulls frames; returns how many were filled.
    int pull(int frames) {
        int filled = 0;
        for (int index = 0; index < frames; ++index) {
            filled += playout_.pull(frame_) ? 1 : 0;
        }
        return filled;
    }

    // The samples of these tests are tiny numbers that nobody would hear.
    Playout playout_{
        PlayoutOptions{.downstream_delay = milliseconds(0), .leading_silence_samples_max = 0}};
    audio::Frame frame_;
};

TEST_F(PlayoutTest, PlaysSentencesInOrderAndSaysSo) {
    EXPECT_EQ(pull(1), 0);
    queue(1, "One two.", 700);
    queue(2, "Three.", 320);
    EXPECT_EQ(pull(1), 1);
    EXPECT_EQ(outputs(), "start1 ");
    EXPECT_EQ(pull(2), 2);
    EXPECT_EQ(outputs(), "finish1 start2 ") << "the second begins in the frame of the first's end";
    EXPECT_EQ(pull(10), 1);
    EXPECT_EQ(outputs(), "finish2 ");
    EXPECT_TRUE(playout_.is_empty());
}

TEST_F(PlayoutTest, AFrameWaitsUntilItIsWhole) {
    playout_.handle(SentenceQueued{1, "hello"}, Instant{});
    playout_.handle(SentenceAudio{1, std::vector<std::int16_t>(200, 5'000)}, Instant{});
    audio::Frame frame;
    EXPECT_FALSE(playout_.pull(frame));
    playout_.handle(SentenceAudio{1, std::vector<std::int16_t>(120, 5'000)}, Instant{});
    EXPECT_TRUE(playout_.pull(frame));
    EXPECT_EQ(frame.samples.back(), 5'000);
}

TEST_F(PlayoutTest, AnUnderrunIsSilence) {
    input(SentenceQueued{1, "slow"});
    input(SentenceAudio{1, std::vector<std::int16_t>(320, 5)});
    EXPECT_EQ(pull(5), 1);
    input(SentenceAudio{1, std::vector<std::int16_t>(320, 6)});
    EXPECT_EQ(pull(5), 1);
    EXPECT_EQ(outputs(), "start1 ");
    input(SentenceComplete{1});
    EXPECT_EQ(outputs(), "finish1 ");
}

TEST_F(PlayoutTest, ASentenceWithoutAudioStillEnds) {
    input(SentenceQueued{1, "mute"});
    input(SentenceComplete{1});
    EXPECT_EQ(outputs(), "finish1 ");
}

TEST_F(PlayoutTest, AnAbandonedSentenceMakesWay) {
    input(SentenceQueued{1, "never comes"});
    queue(2, "next", 320);
    EXPECT_EQ(pull(3), 0);
    input(SentenceAbandoned{1});
    EXPECT_EQ(outputs(), "drop1() ");
    EXPECT_EQ(pull(3), 1);
    EXPECT_EQ(outputs(), "start2 finish2 ");
}

TEST_F(PlayoutTest, IsHeldWithinThreeFramesAndResumesAtTheWord) {
    // Four words of equal length: a second each.
    queue(1, "aaaa bbbb cccc dddd", 4 * second);
    EXPECT_EQ(pull(70), 70);
    input(PlayoutHold{});
    EXPECT_EQ(pull(2), 2) << "three frames fade out";
    EXPECT_NEAR(frame_.samples.back(), 72 / 3, 2);
    EXPECT_EQ(pull(1), 1);
    EXPECT_GT(frame_.samples.front(), frame_.samples.back());
    EXPECT_EQ(frame_.samples.back(), 0);
    EXPECT_EQ(pull(10), 0);
    input(PlayoutResume{});
    EXPECT_EQ(pull(1), 1);
    // "bbbb" starts at 5/19 of four seconds: frame 52 of 200.
    EXPECT_NEAR(frame_.samples.back(), 53, 1);
    EXPECT_EQ(pull(500), 147) << "from the word's start to the end";
}

TEST_F(PlayoutTest, DuckedItGoesOnMoreQuietlyAndLoudAgain) {
    input(SentenceQueued{1, "aaaa bbbb"});
    input(SentenceAudio{1, std::vector<std::int16_t>(2 * second, 1'000)});
    EXPECT_EQ(pull(10), 10);
    input(PlayoutDuck{});
    EXPECT_EQ(pull(3), 3);
    EXPECT_NEAR(frame_.samples.back(), 250, 2);
    EXPECT_EQ(pull(5), 5) << "it goes on";
    EXPECT_NEAR(frame_.samples.front(), 250, 2);
    input(PlayoutResume{});
    EXPECT_EQ(pull(3), 3);
    EXPECT_EQ(frame_.samples.back(), 1'000);
    input(PlayoutDuck{});
    EXPECT_EQ(pull(3), 3);
    input(PlayoutHold{});
    EXPECT_EQ(pull(10), 3) << "from there it fades out";
    EXPECT_EQ(frame_.samples.back(), 0);
    input(PlayoutDuck{});
    EXPECT_EQ(pull(5), 0) << "what is held stays so";
}

TEST_F(PlayoutTest, UsesTheVoicesWordMarks) {
    input(SentenceQueued{1, "a bbbbbbbbb"});
    input(SentenceAudio{1, std::vector<std::int16_t>(2 * second, 100)});
    input(SentenceWord{1, 0, 0});
    input(SentenceWord{1, 2, second});
    input(SentenceComplete{1});
    EXPECT_EQ(pull(49), 49);
    input(PlayoutDrop{});
    EXPECT_EQ(outputs(), "start1 drop1(a) ");
}

TEST_F(PlayoutTest, WhatBrokeOffIsPlayedAndNotTakenForTheWhole) {
    input(SentenceQueued{1, "aaaa bbbb cccc dddd"});
    input(SentenceQueued{2, "next"});
    input(SentenceAudio{1, std::vector<std::int16_t>(second / 5 * 2, 100)});
    EXPECT_EQ(pull(10), 10);
    input(SentenceComplete{1, false});
    input(SentenceAudio{2, std::vector<std::int16_t>(second, 100)});
    EXPECT_EQ(pull(20), 20) << "what there is of it is heard, and the next one";
    EXPECT_EQ(outputs(), "start1 drop1(aaaa) start2 ");
}

TEST_F(PlayoutTest, AVoiceThatBeginsAnewIsHeardOnce) {
    input(SentenceQueued{1, "aaaa bbbb"});
    input(SentenceQueued{2, "cccc"});
    input(SentenceAudio{2, std::vector<std::int16_t>(second, 100)});
    input(SentenceWord{2, 0, 0});
    input(SentenceRestart{2});
    input(SentenceAudio{2, std::vector<std::int16_t>(second / 10, 100)});
    input(SentenceComplete{2});
    input(SentenceAudio{1, std::vector<std::int16_t>(second / 10, 100)});
    EXPECT_EQ(pull(2), 2);
    input(SentenceRestart{1});
    input(SentenceComplete{1});
    EXPECT_EQ(pull(100), 8)
        << "what is heard does not begin anew; the other has a tenth of a second";
    EXPECT_EQ(outputs(), "start1 finish1 start2 finish2 ");
}

TEST_F(PlayoutTest, DropReportsWhatWasHeardToTheWord) {
    const struct {
        int frames;
        const char* heard;
    } cases[] = {{0, ""},      {10, ""},          {45, "aaaa"},
                 {60, "aaaa"}, {85, "aaaa bbbb"}, {195, "aaaa bbbb cccc dddd"}};
    for (const auto& entry : cases) {
        queue(7, "aaaa bbbb cccc dddd", 4 * second);
        queue(8, "next", second);
        pull(entry.frames);
        outputs();
        input(PlayoutDrop{});
        EXPECT_EQ(outputs(), "drop7(" + std::string(entry.heard) + ") drop8() ") << entry.frames;
        EXPECT_EQ(pull(5), entry.frames == 0 ? 0 : 3) << "it fades out";
    }
}

TEST_F(PlayoutTest, WhatIsCutOffFadesOutAndTheNextIsAsLoudAsEver) {
    queue(1, "aaaa bbbb cccc dddd", 4 * second);
    EXPECT_EQ(pull(70), 70);
    outputs();
    input(PlayoutDrop{});
    EXPECT_EQ(outputs(), "drop1(aaaa) ") << "what fades out is not heard";
    EXPECT_TRUE(playout_.is_empty());
    input(SentenceQueued{2, "next"});
    input(SentenceAudio{2, std::vector<std::int16_t>(second, 1'000)});
    for (const int loudness : {71 * 2 / 3, 72 / 3, 0}) {
        EXPECT_EQ(pull(1), 1);
        EXPECT_NEAR(frame_.samples.back(), loudness, 2);
    }
    EXPECT_EQ(outputs(), "");
    EXPECT_EQ(pull(1), 1);
    EXPECT_EQ(frame_.samples.front(), 1'000);
    EXPECT_EQ(outputs(), "start2 ");
}

TEST_F(PlayoutTest, WhatIsCutOffWhileItFadesOutGoesOnFading) {
    queue(1, "aaaa bbbb cccc dddd", 4 * second);
    EXPECT_EQ(pull(70), 70);
    input(PlayoutHold{});
    EXPECT_EQ(pull(1), 1);
    const std::int16_t loudness = frame_.samples.back();
    input(PlayoutDrop{});
    EXPECT_EQ(pull(1), 1);
    EXPECT_LE(frame_.samples.front(), loudness + 1);
    EXPECT_GT(frame_.samples.front(), loudness / 2);
    EXPECT_EQ(pull(5), 1) << "the three frames are over";
    EXPECT_EQ(frame_.samples.back(), 0);
    input(PlayoutDrop{});
    EXPECT_EQ(pull(5), 0);
}

TEST_F(PlayoutTest, AFadeAtTheEndOfASentenceDoesNotBeginTheNext) {
    queue(1, "aaaa", second / 5);
    queue(2, "bbbb", second);
    EXPECT_EQ(pull(9), 9);
    input(PlayoutHold{});
    EXPECT_EQ(pull(5), 1);
    EXPECT_EQ(outputs(), "start1 finish1 ");
    input(PlayoutDrop{});
    EXPECT_EQ(outputs(), "drop2() ");
    EXPECT_EQ(pull(5), 0);
}

TEST_F(PlayoutTest, WhatIsStillOnTheWayWasNotHeard) {
    playout_ = Playout(
        PlayoutOptions{.downstream_delay = milliseconds(500), .leading_silence_samples_max = 0});
    queue(1, "aaaa bbbb cccc dddd", 4 * second);
    pull(85);
    outputs();
    input(PlayoutDrop{});
    EXPECT_EQ(outputs(), "drop1(aaaa) ");
}

TEST_F(PlayoutTest, HeldWhileEmptyHoldsWhatComes) {
    input(PlayoutHold{});
    queue(1, "later", 640);
    EXPECT_EQ(pull(5), 0);
    input(PlayoutResume{});
    EXPECT_EQ(pull(5), 2);
}

TEST_F(PlayoutTest, RefusesMoreThanItHolds) {
    for (std::uint32_t id = 1; id <= 33; ++id) {
        input(SentenceQueued{id, "x"});
    }
    EXPECT_EQ(outputs(), "drop33() ");
    input(SentenceAudio{1, std::vector<std::int16_t>(61 * second)});
    audio::Frame frame{};
    EXPECT_FALSE(playout_.pull(frame));
}

TEST(PlayoutStartTest, AnAnswerBeginsWithItsFirstSound) {
    Playout playout;
    playout.handle(SentenceQueued{1, "hello there"}, Instant{});
    std::vector<std::int16_t> samples(2'400, 3);  // 150 ms of what voices begin with.
    samples.resize(2'400 + 640, 5'000);
    playout.handle(SentenceAudio{1, samples}, Instant{});
    playout.handle(SentenceComplete{1}, Instant{});
    audio::Frame frame;
    ASSERT_TRUE(playout.pull(frame));
    EXPECT_EQ(frame.samples.front(), 5'000);
    ASSERT_TRUE(playout.pull(frame));
    EXPECT_FALSE(playout.pull(frame));
}

TEST_F(PlayoutTest, SavesWhatWasHeardOfEachSentence) {
    queue(1, "One two.", 700);
    queue(2, "Three.", 320);
    EXPECT_TRUE(Playout().save().empty());
    EXPECT_EQ(playout_.save().size(), 2U);
    EXPECT_EQ(playout_.save()[0].heard, "");
    EXPECT_EQ(pull(2), 2);
    const auto saved = playout_.save();
    ASSERT_EQ(saved.size(), 2U);
    EXPECT_EQ(saved[0].sentence, 1U);
    EXPECT_NE(saved[0].heard, "");
    EXPECT_EQ(saved[1].heard, "");
    input(PlayoutDrop{});
    EXPECT_NE(outputs().find("drop1(" + saved[0].heard + ")"), std::string::npos)
        << "the same as a cut would say";
}

}  // namespace
}  // namespace studio::core
