#include "adapters/sherpa/internal/text_guard.hpp"

#include <gtest/gtest.h>

namespace studio::adapters::sherpa {
namespace {

/// `seconds` in which somebody speaks.
PieceEvidence speech(double seconds) {
    const auto frames = static_cast<std::size_t>(seconds * 50);
    return {frames * 3 / 4, frames, -25.0};
}

TEST(TextGuard, LetsSpeechThroughAsItIs) {
    for (const char* text :
         {"Yes, please.", "Four people, at seven.", "No, no, no.", "It's 7 p.m.", "Bye bye bye.",
          "Ever tried, ever failed, no matter, try again, fail again, fail better.",
          "Mein Name ist J\xC3\xBCrgen M\xC3\xBCller."}) {
        EXPECT_EQ(plausible_text(text, speech(4)), text);
    }
}

TEST(TextGuard, TakesOutMarksOfSubtitles) {
    EXPECT_EQ(plausible_text("\xE2\x99\xAA\xE2\x99\xAA\xE2\x99\xAA", speech(3)), "");
    EXPECT_EQ(plausible_text("[music playing]", speech(3)), "");
    EXPECT_EQ(plausible_text("(laughs) A table. \xE2\x99\xAA", speech(3)), "A table.");
    EXPECT_EQ(plausible_text("\xE2\x99", speech(1)), "\xE2\x99") << "cut off, but no note";
    EXPECT_EQ(plausible_text(" ... ", speech(1)), "");
    EXPECT_EQ(plausible_text("", speech(1)), "");
}

TEST(TextGuard, LoopsAreNoSpeech) {
    EXPECT_EQ(plausible_text("I'm going to the beach. I'm going to the beach. I'm going to the "
                             "beach. I'm going to the beach.",
                             speech(5)),
              "");
    EXPECT_EQ(plausible_text("use the 2-3-3-3-3-3-3-3-3-3-3-3-3-3-3-3-3-3-3-", speech(3)), "");
    EXPECT_EQ(plausible_text("no no no no no no no no no no", speech(9)), "");
    EXPECT_EQ(plausible_text("I would like a table for two people tonight please. Ten. Ten. Ten. "
                             "Ten. Ten. Ten. Ten.",
                             speech(9)),
              "I would like a table for two people tonight please. Ten.");
}

TEST(TextGuard, NobodySpeaksThatFast) {
    EXPECT_EQ(plausible_text("one two three four five six seven eight nine ten", speech(0.5)), "");
    EXPECT_NE(plausible_text("one two three four five six", speech(0.6)), "");
}

TEST(TextGuard, AToneIsNoWord) {
    EXPECT_EQ(plausible_text("Oh", speech(4)), "");
    EXPECT_EQ(plausible_text("You", speech(3)), "");
    EXPECT_EQ(plausible_text("Hello.", speech(1)), "Hello.");
    EXPECT_EQ(plausible_text("Well, yes.", speech(2)), "Well, yes.");
}

TEST(TextGuard, PhantomsOfNoise) {
    const PieceEvidence weak{4, 50, -30.0};
    EXPECT_EQ(plausible_text("You", weak), "");
    EXPECT_EQ(plausible_text("Yes.", weak), "Yes.");
    EXPECT_EQ(plausible_text("You.", speech(0.5)), "You.");
    EXPECT_EQ(plausible_text("You", speech(1.2)), "") << "a tone";
    EXPECT_EQ(plausible_text("Thank you for watching!", speech(2)), "");
}

TEST(TextGuard, AFullStopBehindWordsThatGoOnIsTheModelsOnly) {
    EXPECT_EQ(without_false_stop("I would like a table for."), "I would like a table for");
    EXPECT_EQ(without_false_stop("My number is 555."), "My number is 555");
    EXPECT_EQ(without_false_stop("A table for two people."), "A table for two people.");
    EXPECT_EQ(without_false_stop("At 7 p.m."), "At 7 p.m.");
    EXPECT_EQ(without_false_stop("What is it for?"), "What is it for?");
    EXPECT_EQ(without_false_stop("Well..."), "Well...");
    EXPECT_EQ(without_false_stop("Seven o'clock,"), "Seven o'clock");
    EXPECT_EQ(without_false_stop("In short,,"), "In short");
    EXPECT_EQ(without_false_stop(""), "");
    EXPECT_EQ(without_false_stop("."), ".");
}

TEST(TextGuard, WordsAreSpeltAsToday) {
    EXPECT_EQ(plausible_text("A table to-morrow evening, or to-day.", speech(4)),
              "A table tomorrow evening, or today.");
    EXPECT_EQ(plausible_text("Good-by, good-bye!", speech(2)), "Goodbye, goodbye!");
    EXPECT_EQ(plausible_text("Half-past ten to-night", speech(2)), "Half-past ten tonight");
}

TEST(TextGuard, WithoutAVoiceTheModelIsNotAsked) {
    EXPECT_FALSE(may_hold_words({0, 100, -20.0}));
    EXPECT_FALSE(may_hold_words({2, 100, -20.0}));
    EXPECT_FALSE(may_hold_words({50, 100, -70.0}));
    EXPECT_TRUE(may_hold_words({3, 10, -40.0}));
}

}  // namespace
}  // namespace studio::adapters::sherpa
