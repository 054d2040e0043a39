// Answers that are asked for before the turn is over.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/turn/turn_test_driver.hpp"

namespace studio::core {
namespace {

using namespace std::chrono_literals;

using Texts = std::vector<std::string>;

class Early : public TurnTest {
protected:
    Early() : Early(TurnOptions{.recogniser_judges = true}) {}
    explicit Early(TurnOptions options) : TurnTest(options) {}

    void seems_over(const std::string& text) { input(EarlyEndHeard{turn_.utterance(), text}); }
    void goes_on() { input(ResumeHeard{turn_.utterance()}); }
    void ends(const std::string& text) { input(EndHeard{turn_.utterance(), text}); }
};

TEST_F(Early, AnEarlyEndThatStandsIsTheAnswer) {
    speak(600ms);
    partial("a table for two");
    silence(100ms);
    seems_over("a table for two");
    EXPECT_EQ(names(), "speech early");
    EXPECT_EQ(early_, Texts{"a table for two"});
    silence(200ms);
    ends("A table for two.");
    EXPECT_EQ(names(), "speech early silence turn");
    EXPECT_TRUE(last_turn_.was_early) << "marks and capitals are no other words";
    EXPECT_EQ(last_turn_.text, "A table for two.");
    EXPECT_EQ(turn_.save(now_).early_wasted, 0U);
}

TEST_F(Early, WhoGoesOnThrowsItAway) {
    speak(600ms);
    silence(100ms);
    seems_over("a table for two");
    goes_on();
    EXPECT_EQ(names(), "speech early void");
    speak(600ms);
    silence(100ms);
    seems_over("a table for two and a chair");
    silence(200ms);
    ends("a table for two and a chair");
    EXPECT_EQ(names(), "speech early void early silence turn");
    EXPECT_TRUE(last_turn_.was_early);
    EXPECT_EQ(turn_.save(now_).early_wasted, 1U);
}

TEST_F(Early, MoreWordsThrowItAwayAndFewerDoNot) {
    speak(600ms);
    silence(100ms);
    seems_over("a table for two");
    partial("a table");
    EXPECT_EQ(names(), "speech early") << "late";
    partial("a table for two and");
    EXPECT_EQ(names(), "speech early void");
}

TEST_F(Early, AnotherTextAtTheEndThrowsItAway) {
    speak(600ms);
    silence(100ms);
    seems_over("a table for two");
    silence(200ms);
    ends("a table for you");
    EXPECT_EQ(names(), "speech early void silence turn");
    EXPECT_FALSE(last_turn_.was_early);
    speak(600ms);
    silence(100ms);
    input(AgentStopped{});
    seems_over("never mind");
    input(DigitPressed{'1'});
    input(DigitPressed{'#'});
    EXPECT_EQ(names(), "speech early void silence turn speech duck hold resume early void turn");
}

TEST_F(Early, NotForNoiseANumberUnderWayOrWhileTheAgentHasTheTurn) {
    speak(600ms);
    silence(100ms);
    seems_over("um");
    seems_over("a table and");
    seems_over("four one five");
    EXPECT_EQ(names(), "speech");
    silence(3s);
    final("");
    input(AgentStarted{.interruptible = false});
    events_.clear();
    speak(600ms);
    silence(100ms);
    seems_over("a table for two");
    EXPECT_EQ(names(), "speech");
}

TEST_F(Early, TheAgentThatBeginsToSpeakThrowsItAway) {
    speak(600ms);
    silence(100ms);
    seems_over("a table for two");
    input(AgentStarted{.interruptible = false});
    EXPECT_EQ(names(), "speech early void");
}

TEST_F(Early, WhatWasSaidBeforeInThisTurnBelongsToIt) {
    speak(600ms);
    partial("I would like");
    silence(3'100ms);
    speak(600ms);
    input(FinalHeard{1, "I would like"});
    silence(100ms);
    seems_over("a table");
    ends("a table");
    EXPECT_EQ(early_, Texts{"I would like a table"});
    EXPECT_TRUE(last_turn_.was_early);
}

TEST_F(Early, WhatItMayCostIsBounded) {
    for (int turn = 0; turn < 30; ++turn) {
        const std::size_t before = early_.size();
        speak(600ms);
        for (int end = 0; end < 6; ++end) {
            silence(100ms);
            seems_over("a table for two");
            goes_on();
            speak(100ms);
        }
        EXPECT_LE(early_.size() - before, 3U) << "in a turn";
        silence(100ms);
        ends("a table for two");
        input(AgentStopped{});
        silence(500ms);
    }
    EXPECT_EQ(early_.size(), 50U) << "in a call";
    EXPECT_EQ(turn_.save(now_).early_wasted, 50U);
    Turn carried(TurnOptions{}, turn_.save(now_), now_);
    EXPECT_EQ(carried.save(now_).early_wasted, 50U);
}

class NeverEarly : public Early {
protected:
    NeverEarly()
        : Early(TurnOptions{.recogniser_judges = true, .early_answers = EarlyAnswers::off}) {}
};

TEST_F(NeverEarly, NothingIsAskedForEarlyUnlessItMayBe) {
    speak(600ms);
    silence(100ms);
    seems_over("a table for two");
    ends("a table for two");
    EXPECT_EQ(names(), "speech silence turn");
}

/// Our own rule, where the recogniser does not judge.
class EarlyByRule : public Early {
protected:
    EarlyByRule() : Early(TurnOptions{.early_answers = EarlyAnswers::on}) {}
};

TEST_F(EarlyByRule, AFinalTranscriptThatIsASentence) {
    speak(600ms);
    silence(100ms);
    final("A table for two, please.");
    EXPECT_EQ(names(), "speech early");
    silence(220ms);
    EXPECT_EQ(names(), "speech early silence turn");
    EXPECT_TRUE(last_turn_.was_early);
}

TEST_F(TurnTest, TheRuleIsNotUsedUnlessItIsAskedFor) {
    speak(600ms);
    silence(100ms);
    final("A table for two, please.");
    silence(1s);
    EXPECT_EQ(names(), "speech silence turn");
}

TEST_F(EarlyByRule, NotOneThatIsNone) {
    for (const char* text : {"a table for two", "I would like to.", "um.", "Four one five."}) {
        speak(600ms);
        silence(100ms);
        final(text);
        EXPECT_TRUE(early_.empty()) << text;
        silence(3s);
        input(AgentStopped{});
    }
}

TEST_F(EarlyByRule, MoreWordsThrowItAway) {
    speak(600ms);
    silence(100ms);
    final("A table for two.");
    speak(300ms);
    partial("A table for two. And a chair");
    EXPECT_EQ(names(), "speech early void");
}

}  // namespace
}  // namespace studio::core
