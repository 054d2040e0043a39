// The model that hears whether a pause is the end of a turn: when it is asked, and what its answer
// changes.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/entropy.hpp"
#include "core/turn/turn_test_driver.hpp"

namespace studio::core {
namespace {

using namespace std::chrono_literals;

class Pauses : public TurnTest {
protected:
    explicit Pauses(TurnOptions options = {.asks_pauses = true}) : TurnTest(std::move(options)) {}

    /// Says it, then is silent until the model is asked about it.
    void pause_after(const std::string& text) {
        speak(600ms);
        partial(text);
        silence(180ms);
    }
    void judge(double is_over) { input(PauseJudged{1, is_over}); }
};

TEST_F(Pauses, WhereTheWordsLeaveItOpenTheSoundIsAskedOnce) {
    pause_after("I am not sure about that.");
    EXPECT_EQ(names(), "speech ask");
    EXPECT_EQ(time_of("ask"), 600ms + 160ms);
    silence(60ms);
    partial("I am not sure about that one.");
    silence(20ms);
    EXPECT_EQ(names(), "speech ask");
}

TEST_F(Pauses, AYesEndsTheTurnAsEver) {
    pause_after("I am not sure about that.");
    judge(0.9);
    silence(140ms);
    EXPECT_EQ(names(), "speech ask silence");
    final("I am not sure about that.");
    EXPECT_EQ(names(), "speech ask silence turn");
    EXPECT_EQ(last_turn_.endpoint_at - start_, 900ms);
}

TEST_F(Pauses, ANoIsWaitedForHalfWay) {
    pause_after("I would like a table.");
    judge(0.1);
    silence(700ms);
    EXPECT_EQ(names(), "speech ask") << "0.88 s of silence";
    silence(40ms);
    final("I would like a table.");
    EXPECT_EQ(names(), "speech ask silence turn");
}

TEST_F(Pauses, ANoThatTheWordsBearOutIsWaitedForUpToTheLongestDelay) {
    pause_after("that is what I came for");
    judge(0.1);
    silence(1'300ms);
    EXPECT_EQ(names(), "speech ask") << "1.48 s of silence";
    silence(40ms);
    EXPECT_EQ(names(), "speech ask silence");
}

TEST_F(Pauses, AnAnswerThatIsNeitherChangesNothing) {
    pause_after("I would like a table.");
    judge(0.4);
    EXPECT_FALSE(turn_.awaits_opinion(1)) << "it was answered";
    silence(140ms);
    EXPECT_EQ(names(), "speech ask silence");
}

TEST_F(Pauses, WhoGoesOnAfterANoIsNotCutOff) {
    pause_after("I would like a table.");
    judge(0.1);
    silence(600ms);
    speak(600ms);
    partial("I would like a table. For two people.");
    silence(180ms);
    EXPECT_EQ(names(), "speech ask ask");
    input(PauseJudged{2, 0.8});
    silence(140ms);
    final("I would like a table for two people.");
    EXPECT_EQ(turns_, std::vector<std::string>{"I would like a table for two people."});
}

TEST_F(Pauses, ANoThatComesWhileTheTranscriptIsAwaitedStillCounts) {
    pause_after("I would like a table.");
    silence(140ms);
    EXPECT_EQ(names(), "speech ask silence");
    EXPECT_TRUE(turn_.awaits_opinion(1));
    judge(0.1);
    final("I would like a table.");
    EXPECT_EQ(names(), "speech ask silence") << "more is waited for";
    silence(600ms);
    EXPECT_EQ(turns_.size(), 1U);
}

TEST_F(Pauses, AnAnswerThatComesTooLateChangesNothing) {
    pause_after("I would like a table.");
    silence(140ms);
    final("I would like a table.");
    EXPECT_FALSE(turn_.awaits_opinion(1)) << "the turn is over";
    judge(0.1);
    EXPECT_EQ(names(), "speech ask silence turn");

    input(AgentStopped{});
    pause_after("And a chair.");
    speak(200ms);
    EXPECT_FALSE(turn_.awaits_opinion(2)) << "the pause is over";
    input(PauseJudged{2, 0.1});
    silence(320ms);
    EXPECT_EQ(names(), "speech ask silence turn speech ask ask silence");
}

TEST_F(Pauses, WithoutAnAnswerSilenceDecides) {
    pause_after("I would like a table.");
    input(PauseJudged{1, std::nullopt});
    silence(140ms);
    EXPECT_EQ(names(), "speech ask silence");
}

TEST_F(Pauses, PlainWordsAreNotAskedAbout) {
    for (const char* plain : {"I would like to", "Yes, and then,", "my number is four one five",
                              "What time do you open?"}) {
        events_.clear();
        pause_after(plain);
        silence(1'000ms);
        EXPECT_EQ(names().find("ask"), std::string::npos) << plain;
        silence(3'000ms);
        final(plain);
        input(AgentStopped{});
    }
}

TEST_F(Pauses, WordsThatComeInThePauseMayOpenTheQuestion) {
    pause_after("I would like to");
    EXPECT_EQ(names(), "speech");
    partial("I would like to book a table.");
    silence(20ms);
    EXPECT_EQ(names(), "speech ask");
}

TEST_F(Pauses, PlainWordsThatComeLaterWinOverTheSound) {
    pause_after("I came");
    EXPECT_EQ(names(), "speech ask");
    judge(0.9);
    partial("I came because");
    silence(1'200ms);
    EXPECT_EQ(names(), "speech ask") << "the sound said that it is over";
}

TEST_F(Pauses, AYesIsBelievedHalfWhereASentenceSeldomEndsSo) {
    pause_after("that is what I came for");
    EXPECT_EQ(names(), "speech ask");
    judge(0.9);
    silence(700ms);
    EXPECT_EQ(names(), "speech ask") << "0.88 s";
    silence(40ms);
    EXPECT_EQ(names(), "speech ask silence") << "without it 1.5 s";
}

TEST_F(Pauses, OverTheAgentNothingIsAsked) {
    input(AgentStarted{.interruptible = false});
    pause_after("I am not sure about that.");
    silence(400ms);
    EXPECT_EQ(names().find("ask"), std::string::npos);
}

TEST_F(Pauses, ATurnHasSoManyQuestions) {
    for (int count = 0; count < 12; ++count) {
        speak(300ms);
        partial("Well.");
        silence(200ms);
    }
    int asked = 0;
    for (const Event& event : events_) {
        asked += event.name == "ask" ? 1 : 0;
    }
    EXPECT_EQ(asked, TurnOptions{}.pauses_asked_max);
}

class JudgedPauses : public Pauses {
protected:
    JudgedPauses() : Pauses({.recogniser_judges = true, .asks_pauses = true}) {}
};

TEST_F(JudgedPauses, ARecogniserThatJudgesIsEnough) {
    pause_after("I am not sure about that.");
    silence(1'000ms);
    EXPECT_EQ(names(), "speech");
}

class EqualPauses : public Pauses {
protected:
    EqualPauses()
        : Pauses({.min_endpointing_delay = 300ms,
                  .max_endpointing_delay = 300ms,
                  .asks_pauses = true}) {}
};

TEST_F(EqualPauses, WhereEachAnswerMeansTheSameNothingIsAsked) {
    pause_after("I am not sure about that.");
    silence(140ms);
    EXPECT_EQ(names(), "speech silence");
}

class NoPauses : public Pauses {
protected:
    NoPauses() : Pauses(TurnOptions{}) {}
};

TEST_F(NoPauses, WithoutAModelNothingIsAsked) {
    pause_after("I am not sure about that.");
    silence(140ms);
    EXPECT_EQ(names(), "speech silence");
    EXPECT_FALSE(turn_.awaits_opinion(1));
}

/// Whatever is answered whenever: each text becomes one turn, within the longest delay.
TEST(PausesAtRandom, NoAnswerHoldsATurnForLongerThanTheLongestDelay) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        SeededEntropy entropy(seed);
        Turn turn({.asks_pauses = true});
        Instant now{1h};
        Instant spoke{};
        std::uint32_t question = 0;
        bool has_ended = false;
        const auto tell = [&](const TurnInput& input) {
            turn.handle(input, now);
            while (const auto output = turn.poll_output()) {
                if (const auto* asked = std::get_if<PauseAsked>(&*output)) {
                    question = asked->question;
                } else if (const auto* ended = std::get_if<SpeechEnded>(&*output)) {
                    turn.handle(FinalHeard{ended->utterance, "A table for two."}, now);
                } else if (std::holds_alternative<TurnEnded>(*output)) {
                    has_ended = true;
                    ASSERT_LE(now - spoke, 1'520ms) << seed;
                }
            }
        };
        tell(TurnStart{});
        for (int frame = 0; frame < 400 && !has_ended; ++frame) {
            now += 20ms;
            const bool is_speech = frame < 200 && (frame < 10 || entropy.u32() % 8 < 3);
            spoke = is_speech ? now : spoke;
            tell(TurnFrame{is_speech ? 0.9 : 0.05, now});
            if (entropy.u32() % 8 == 0) {
                tell(PauseJudged{question - entropy.u32() % 2, (entropy.u32() % 100) / 100.0});
            }
            if (entropy.u32() % 30 == 0) {
                tell(PartialHeard{turn.utterance(), "A table for"});
            }
        }
        EXPECT_TRUE(has_ended) << seed;
    }
}

}  // namespace
}  // namespace studio::core
