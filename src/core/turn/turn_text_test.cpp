#include "core/turn/turn_text.hpp"

#include <gtest/gtest.h>

namespace studio::core {
namespace {

TEST(TurnText, KnowsWhenASentenceGoesOn) {
    const struct {
        const char* text;
        bool unfinished;
    } cases[] = {
        {"", false},
        {"   ", false},
        {"I would like a table", false},
        {"I would like a table for", true},
        {"a table for two people and", true},
        {"My name is", true},
        {"my name is john", false},
        {"for four people,", true},
        {"well I was thinking...", true},
        {"That is what I came for.", false},
        {"What is it about?", false},
        {"my number is five five five", true},
        {"five five five one two three four", false},
        {"555 123 44", true},
        {"at seven thirty", false},
        {"two", false},
        {"um", true},
        {"a table for two um", true},
        {"I'd like", true},
        {"I think so -", true},
        {"A table for two people and", true},
        {"Yes, please.", false},
        {"Four people, at seven.", false},
        {"7 p.m.", false},
        {"At 7 p.m", false},
        {"2 people", false},
        {"Um,", true},
    };
    for (const auto& entry : cases) {
        EXPECT_EQ(sounds_unfinished(entry.text, english_turn_words()), entry.unfinished)
            << entry.text;
    }
}

TEST(TurnText, TellsWordsFromBackchannels) {
    const struct {
        const char* text;
        bool real;
    } cases[] = {
        {"", false},
        {"mm-hm", false},
        {"Mm-hm.", false},
        {"Yes. Okay.", false},
        {"Uh-huh, I see.", false},
        {"Yes, please.", true},
        {"No.", true},
        {"2 people.", true},
        {"uh huh", false},
        {"uh-huh, yeah", false},
        {"okay okay", false},
        {"I see", false},
        {"i", true},
        {"yeah but wait", true},
        {"stop", true},
        {"no", true},
        {"I see a problem", true},
        {"um", false},
        {"हाँ रुको", true},
        {"-- '", false},
    };
    for (const auto& entry : cases) {
        EXPECT_EQ(has_real_words(entry.text, english_turn_words()), entry.real) << entry.text;
    }
}

TEST(TurnText, TellsAWordFromTheBeginningOfABackchannel) {
    const struct {
        const char* partial;
        Evidence evidence;
    } cases[] = {
        {"", Evidence::none},
        {"...", Evidence::none},
        {"ye", Evidence::stump},
        {"y", Evidence::stump},
        {"uh", Evidence::none},
        {"a", Evidence::stump},
        {"m", Evidence::stump},
        {"m hm", Evidence::stump},
        {"al ri", Evidence::stump},
        {"all ri", Evidence::doubtful},
        {"all", Evidence::doubtful},
        {"i", Evidence::doubtful},
        {"got", Evidence::doubtful},
        {"real", Evidence::stump},
        {"yeah", Evidence::none},
        {"uh huh yeah", Evidence::none},
        {"he", Evidence::doubtful},
        {"ca", Evidence::doubtful},
        {"uh he", Evidence::doubtful},
        {"yeah he", Evidence::doubtful},
        {"four", Evidence::doubtful},
        {"he was", Evidence::sure},
        {"i want", Evidence::sure},
        {"stop", Evidence::sure},
        {"wait", Evidence::sure},
        {"no", Evidence::sure},
        {"hold on", Evidence::sure},
        {"cancel", Evidence::sure},
        {"yeah but", Evidence::doubtful},
        {"yeah but wait", Evidence::sure},
        {"I see a problem", Evidence::sure},
        {"uh no", Evidence::sure},
    };
    for (const auto& entry : cases) {
        EXPECT_EQ(evidence_of(entry.partial, english_turn_words(), 5), entry.evidence)
            << entry.partial;
    }
    EXPECT_EQ(evidence_of("ja", TurnWords{}, 5), Evidence::doubtful);
    EXPECT_EQ(evidence_of("रुको जी", TurnWords{}, 5), Evidence::sure);
}

TEST(TurnText, PunctuationOfOtherScriptsIsNoWord) {
    for (const char* text : {"…", "。", "、", "？", "।", "¿", "\u00a0", "，", "–", "“”", "؟"}) {
        EXPECT_TRUE(words_of(text).empty()) << text;
        EXPECT_TRUE(is_only_noise(text, english_turn_words())) << text;
    }
    EXPECT_EQ(words_of("¿Sí?").size(), 1U);
    EXPECT_EQ(words_of("はい。いいえ").size(), 2U);
    EXPECT_TRUE(sounds_unfinished("well…", TurnWords{}));
    EXPECT_TRUE(sounds_unfinished("はい、", TurnWords{}));
    EXPECT_FALSE(sounds_unfinished("はい。", TurnWords{}));
    EXPECT_FALSE(sounds_unfinished("…", TurnWords{}));
}

TEST(TurnText, ABackchannelIsNotNoise) {
    EXPECT_TRUE(is_only_noise("", english_turn_words()));
    EXPECT_TRUE(is_only_noise("um, uh", english_turn_words()));
    EXPECT_FALSE(is_only_noise("yes", english_turn_words()));
    EXPECT_FALSE(is_only_noise("uh huh", TurnWords{}));
}

TEST(TurnText, WithoutAListOnlyPunctuationCounts) {
    EXPECT_FALSE(sounds_unfinished("ich komme und", TurnWords{}));
    EXPECT_TRUE(sounds_unfinished("ich komme,", TurnWords{}));
    EXPECT_TRUE(has_real_words("ja", TurnWords{}));
}

}  // namespace
}  // namespace studio::core
