#include "adapters/sherpa/internal/voice_phonemes.hpp"

#include <gtest/gtest.h>

#include <string>

namespace studio::adapters::sherpa {
namespace {

PhonemeSet known(std::u32string_view letters) {
    return {letters.begin(), letters.end()};
}

std::u32string phonemes_of(const PhonemePiece& piece) {
    return {piece.phonemes.begin(), piece.phonemes.end()};
}

TEST(VoiceTokens, AreReadLineByLine) {
    const auto set = parse_tokens("_ 0\n^ 1\n$ 2\n  3\nə 59\nˈ 120\r\n");
    ASSERT_TRUE(set) << set.error();
    EXPECT_EQ(*set, known(U"_^$ əˈ"));
}

TEST(VoiceTokens, WhatIsNoTokenIsRefused) {
    for (const char* text : {"a", "a ", " 1", "a b", "ab 1", "\xFF 1", "a 1 x", "a -1"}) {
        EXPECT_FALSE(parse_tokens(std::string("_ 0\n^ 1\n$ 2\n") + text)) << text;
    }
    EXPECT_FALSE(parse_tokens("^ 1\n$ 2\n")) << "the library would end the process";
    EXPECT_FALSE(parse_tokens("_ 0\n^ 1\n$ 2\na 3\na 4\n")) << "and here, too";
    std::string many = "_ 0\n^ 1\n$ 2\n";
    for (int code = 0; code < 5'000; ++code) {
        many += {static_cast<char>(0xE4 + code / 4'096), static_cast<char>(0x80 + code / 64 % 64),
                 static_cast<char>(0x80 + code % 64)};
        many += " 1\n";
    }
    EXPECT_FALSE(parse_tokens(many));
}

TEST(VoicePhonemes, ClausesAreJoinedWithTheirMarks) {
    const PhonemeSet set = known(U" həlˈoʊðɛɹ,.");
    PhonemePiece piece;
    add_clause(piece, "həlˈoʊ\n", ',', set);
    add_clause(piece, "ðˈɛɹ\nhəlˈoʊ ðˈɛɹ\n", '.', set);
    EXPECT_EQ(phonemes_of(piece), U"həlˈoʊ, ðˈɛɹ həlˈoʊ ðˈɛɹ.");
    ASSERT_EQ(piece.words.size(), 4U);
    EXPECT_EQ(piece.words[1].begin, 8U);
    EXPECT_EQ(piece.words[1].end, 12U);
}

TEST(VoicePhonemes, OnlyWhatTheVoiceKnowsGoesToIt) {
    // A stranger to the model would be a line on our standard error, with a part of what is said.
    const PhonemeSet set = known(U" ab\u0303_^$o");
    PhonemePiece piece;
    add_clause(piece, "(de)ax_^$b(en) \xFF☃ õb", '!', set);
    EXPECT_EQ(phonemes_of(piece), U"ab o\u0303b");
    EXPECT_EQ(piece.words.size(), 2U);
    PhonemePiece none;
    add_clause(none, "(de xyz", '!', set);
    EXPECT_TRUE(none.phonemes.empty());
}

TEST(VoiceWords, ShareTheSoundByTheirPhonemes) {
    const PhonemeSet set = known(U" abcdˈ.");
    PhonemePiece piece;
    add_clause(piece, "ˈab abcdab\n", '.', set);
    // 2.5 and 6.5 of 9.
    const auto words = share_words("x longerword", piece);
    ASSERT_EQ(words.size(), 2U);
    EXPECT_EQ(words[0].offset, 0U);
    EXPECT_DOUBLE_EQ(words[0].begin, 0.0);
    EXPECT_EQ(words[1].offset, 2U);
    EXPECT_DOUBLE_EQ(words[1].begin, 2.5 / 9.0);
}

TEST(VoiceWords, ShareItByTheirLettersWhereThereAreMoreOfThemSpoken) {
    const PhonemeSet set = known(U" ab");
    PhonemePiece piece;
    add_clause(piece, "ab ab ab\n", 0, set);
    const auto words = share_words(" 42  abc ", piece);
    ASSERT_EQ(words.size(), 2U);
    EXPECT_EQ(words[0].offset, 1U);
    EXPECT_EQ(words[1].offset, 5U);
    EXPECT_DOUBLE_EQ(words[1].begin, 3.0 / 7.0);
    EXPECT_TRUE(share_words("  ", piece).empty());
}

}  // namespace
}  // namespace studio::adapters::sherpa
