#include "core/turn/dictation.hpp"

#include <gtest/gtest.h>

#include "core/turn/turn_test_driver.hpp"
#include "core/turn/turn_text.hpp"

namespace studio::core {
namespace {

using namespace std::chrono_literals;

using Pieces = std::vector<std::string>;

struct Case {
    Pieces pieces;
    bool goes_on = false;
    bool is_asked = false;
};

std::string joined(const Pieces& pieces) {
    std::string all;
    for (const std::string& piece : pieces) {
        all += (all.empty() ? "" : " | ") + piece;
    }
    return all;
}

class DictationCases : public testing::TestWithParam<Case> {};

TEST_P(DictationCases, AreToldApart) {
    EXPECT_EQ(
        dictation_goes_on(GetParam().pieces, english_turn_words().dictation, GetParam().is_asked),
        GetParam().goes_on)
        << joined(GetParam().pieces) << (GetParam().is_asked ? " (asked)" : "");
}

INSTANTIATE_TEST_SUITE_P(
    Groups, DictationCases,
    testing::Values(Case{{"415"}, true}, Case{{"415."}, true}, Case{{"415", "555"}, true},
                    Case{{"415", "555", "0132"}, false}, Case{{"415-555-0132"}, false},
                    Case{{"(415) 555"}, true}, Case{{"my number is 415"}, true},
                    Case{{"four one five"}, true}, Case{{"four one five", "five five five"}, true},
                    Case{{"four one five", "five five five", "oh one three two"}, false},
                    Case{{"four one five", "double five five", "oh one three two"}, false},
                    Case{{"four fifteen five fifty five"}, true},
                    Case{{"five five five one two three four"}, false}, Case{{"415 um"}, true},
                    Case{{"4 1 5"}, true}, Case{{"0 4"}, false}, Case{{"04"}, true},
                    Case{{"04", "12"}, true}, Case{{"04", "12", "1985"}, false}));

INSTANTIATE_TEST_SUITE_P(
    Cards, DictationCases,
    testing::Values(Case{{"4111"}, true}, Case{{"4111", "1111"}, true},
                    Case{{"4111", "1111", "1111"}, true},
                    Case{{"4111", "1111", "1111", "1111"}, false},
                    Case{{"four one one one", "one one one one", "one one one one"}, true},
                    Case{{"3782", "822463"}, true}, Case{{"3782", "822463", "10005"}, false}));

INSTANTIATE_TEST_SUITE_P(
    ShortAnswers, DictationCases,
    testing::Values(Case{{"four"}, false}, Case{{"two"}, false}, Case{{"2"}, false},
                    Case{{"12"}, false}, Case{{"for two"}, false}, Case{{"seven thirty"}, false},
                    Case{{"10:30"}, false}, Case{{"at 7 p.m."}, false}, Case{{"7 pm"}, false},
                    Case{{"twenty five"}, false}, Case{{"nineteen eighty five"}, false},
                    Case{{"in 1985"}, false}, Case{{"march third 1985"}, false},
                    Case{{"two or three"}, false}, Case{{"415?"}, false}, Case{{"yes"}, false},
                    Case{{""}, false}, Case{{}, false}, Case{{"250 dollars"}, false},
                    Case{{"i i i"}, false}, Case{{"I live in the U.K."}, false},
                    Case{{"see you at seven"}, false}, Case{{"meet me at home"}, false},
                    Case{{"no", "two"}, false}));

INSTANTIATE_TEST_SUITE_P(Asked, DictationCases,
                         testing::Values(Case{{"four"}, true, true}, Case{{"four one"}, true, true},
                                         Case{{"42"}, true, true}, Case{{"j"}, true, true},
                                         Case{{"no"}, false, true}, Case{{"march"}, true, true},
                                         Case{{"the third"}, true, true},
                                         Case{{"march third 1985"}, false, true},
                                         Case{{"my name is john"}, false, true},
                                         Case{{"415 555 0132"}, false, true}));

INSTANTIATE_TEST_SUITE_P(Spelling, DictationCases,
                         testing::Values(Case{{"s m i"}, true}, Case{{"S-M-I"}, true},
                                         Case{{"S M I", "T H"}, true},
                                         Case{{"b as in bravo"}, true}, Case{{"b as in"}, true},
                                         Case{{"b for bravo"}, true},
                                         Case{{"bravo tango whiskey"}, true},
                                         Case{{"a table for two"}, false}, Case{{"I am"}, false}));

INSTANTIATE_TEST_SUITE_P(
    Addresses, DictationCases,
    testing::Values(Case{{"john dot"}, true}, Case{{"john dot smith at"}, true},
                    Case{{"john dot smith at gmail"}, true},
                    Case{{"john dot smith", "at example"}, true},
                    Case{{"john dot smith at gmail dot"}, true},
                    Case{{"john dot smith at gmail dot com"}, false}, Case{{"john at"}, true, true},
                    Case{{"john at example"}, true, true}, Case{{"john.smith@"}, true},
                    Case{{"john.smith@example"}, true}, Case{{"john.smith@example.com"}, false},
                    Case{{"john.smith@example.com."}, false}));

TEST(Dictation, GroupsOfDigitsAreKnownInEveryLanguage) {
    EXPECT_TRUE(dictation_goes_on({"meine nummer ist 0171"}, DictationWords{}, false));
    EXPECT_FALSE(dictation_goes_on({"vier"}, DictationWords{}, false));
}

TEST(Dictation, KnowsWhatAsksForIt) {
    const DictationWords words = english_turn_words().dictation;
    EXPECT_TRUE(asks_for_dictation("What is your phone number?", words));
    EXPECT_TRUE(asks_for_dictation("Could you spell that for me?", words));
    EXPECT_TRUE(asks_for_dictation("And your e-mail?", words));
    EXPECT_FALSE(asks_for_dictation("For how many people?", words));
    EXPECT_FALSE(asks_for_dictation("", words));
}

/// A caller who reads out piece after piece to the turn taker.
class DictatingCaller : public TurnTest {
protected:
    /// `lag`: the transcripts of a piece come so long after its sound.
    void dictate(const Pieces& pieces, milliseconds pause, milliseconds lag) {
        for (const std::string& piece : pieces) {
            speak(700ms);
            if (lag < 300ms) {
                silence(lag);
                partial(piece);
                silence(pause - lag);
                continue;
            }
            silence(lag);
            final(piece);
            silence(pause - lag);
        }
        if (turn_.is_caller_speaking()) {
            silence(2'600ms - pause);
        }
        input(FinalHeard{turn_.utterance(), joined_last(pieces, lag)});
        silence(3s);
    }
    /// With partial transcripts all pieces are one utterance.
    [[nodiscard]] static std::string joined_last(const Pieces& pieces, milliseconds lag) {
        return lag < 300ms ? joined(pieces) : pieces.back();
    }
};

TEST_F(DictatingCaller, IsNotTalkedOverBetweenGroups) {
    dictate({"415", "555", "0132"}, 1'600ms, 500ms);
    EXPECT_EQ(turns_, Pieces{"415 555 0132"});
}

TEST_F(DictatingCaller, IsNotTalkedOverInSpokenDigits) {
    dictate({"four one five", "five five five", "oh one three two"}, 2s, 500ms);
    EXPECT_EQ(turns_, Pieces{"four one five five five five oh one three two"});
}

TEST_F(DictatingCaller, MaySpellAnAddress) {
    dictate({"john dot", "smith at", "gmail", "dot com"}, 1'600ms, 400ms);
    EXPECT_EQ(turns_, Pieces{"john dot smith at gmail dot com"});
}

TEST_F(DictatingCaller, IsOneUtteranceWherePartialsAreFast) {
    speak(700ms);
    partial("415");
    silence(1'600ms);
    speak(700ms);
    partial("415 555");
    silence(1'600ms);
    EXPECT_EQ(names(), "speech");
    speak(700ms);
    partial("415 555 0132");
    silence(400ms);
    final("415 555 0132");
    EXPECT_EQ(turns_, Pieces{"415 555 0132"}) << "and the last digit ends it at once";
}

TEST_F(DictatingCaller, WhoStopsInTheMiddleIsAnsweredAfterABoundedWait) {
    speak(700ms);
    silence(500ms);
    final("415");
    silence(1'900ms);
    EXPECT_TRUE(turns_.empty());
    silence(200ms);
    EXPECT_EQ(turns_, Pieces{"415"});
}

TEST_F(DictatingCaller, WhoGivesAShortNumberIsAnsweredAtOnce) {
    for (const char* answer : {"four", "two", "12", "seven thirty"}) {
        turns_.clear();
        input(AgentStopped{});
        speak(500ms);
        silence(400ms);
        final(answer);
        EXPECT_EQ(turns_, Pieces{answer});
    }
}

TEST_F(DictatingCaller, WasAskedForANumber) {
    input(AgentStarted{});
    input(AgentSaid{"May I have your phone number?"});
    silence(2s);
    input(AgentStopped{});
    speak(400ms);
    silence(500ms);
    final("four");
    silence(1s);
    EXPECT_TRUE(turns_.empty());
    speak(400ms);
    silence(400ms);
    final("one five");
    silence(3s);
    EXPECT_EQ(turns_, Pieces{"four one five"});
    // The next question is an ordinary one.
    input(AgentSaid{"For how many people?"});
    input(AgentStopped{});
    speak(400ms);
    silence(400ms);
    final("four");
    EXPECT_EQ(turns_.back(), "four");
}

TEST_F(DictatingCaller, WhoSaysHalfASentenceIsWaitedForAlthoughTheWordsComeLate) {
    speak(700ms);
    silence(500ms);
    final("I would like a table for");
    EXPECT_TRUE(turns_.empty());
    silence(500ms);
    speak(300ms);
    silence(400ms);
    final("two people");
    EXPECT_EQ(turns_, Pieces{"I would like a table for two people"});
}

}  // namespace
}  // namespace studio::core
