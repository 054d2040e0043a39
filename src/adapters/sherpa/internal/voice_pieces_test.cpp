#include "adapters/sherpa/internal/voice_pieces.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace studio::adapters::sherpa {
namespace {

/// Pieces with `|` between, clauses with `+`.
std::string cut(std::string_view text, const PieceOptions& options = {}) {
    std::string shown;
    for (const VoicePiece& piece : cut_pieces(text, options)) {
        shown += shown.empty() ? "" : "|";
        bool first = true;
        for (const Clause& clause : piece.clauses) {
            EXPECT_EQ(text.substr(clause.offset, clause.text.size()), clause.text);
            shown += (first ? "" : "+") + clause.text + (clause.mark != 0 ? clause.mark : '~');
            first = false;
        }
    }
    return shown;
}

TEST(VoicePieces, TheFirstClauseIsMadeAlone) {
    EXPECT_EQ(cut("Hello, this is the Riverside restaurant. How can I help you?"),
              "Hello,|this is the Riverside restaurant.|How can I help you?");
    EXPECT_EQ(cut("At what time?"), "At what time?");
}

TEST(VoicePieces, AClauseTooShortToCoverTheNextGoesWithIt) {
    EXPECT_EQ(cut("No, I am sorry, that day is full."), "No,+I am sorry,|that day is full.");
    EXPECT_EQ(cut("I, too."), "I,+too.");
}

TEST(VoicePieces, LaterPiecesGrowWithWhatIsHeardMeanwhile) {
    EXPECT_EQ(cut("Hello, one, two, three, four, five, six, seven, eight, nine, ten, eleven, "
                  "twelve, thirteen, fourteen, fifteen."),
              "Hello,|one,+two,+three,+four,+five,+six,+seven,|"
              "eight,+nine,+ten,+eleven,+twelve,+thirteen,+fourteen,+fifteen.");
}

TEST(VoicePieces, WhatIsNoEndOfAClauseIsNotCut) {
    EXPECT_EQ(cut("It costs 1,000.50 at 7:30 from Dr. Smith and J. Doe."),
              "It costs 1,000.50 at 7:30 from Dr. Smith and J. Doe.");
    EXPECT_EQ(cut("Ask e.g. me: at x.org/a,b?c=1!"), "Ask e.g. me:|at x.org/a,b?c=1!");
    EXPECT_EQ(cut("So do I. Thanks to you."), "So do I.|Thanks to you.");
}

TEST(VoicePieces, MarksOfOtherScriptsAndBehindQuotesEndClauses) {
    EXPECT_EQ(cut("She said \"stop it now.\" Then he left… and came—slowly."),
              "She said \"stop it now.|Then he left.|and came,+slowly.");
    EXPECT_EQ(cut("你好，请问有什么可以帮您的吗？谢谢。"), "你好,|请问有什么可以帮您的吗?|谢谢.");
    EXPECT_EQ(cut("नमस्ते। आप कैसे हैं?"), "नमस्ते.|आप कैसे हैं?");
}

TEST(VoicePieces, ALongClauseIsCutBetweenWords) {
    std::string text;
    for (int word = 0; word < 60; ++word) {
        text += "word ";
    }
    const auto pieces = cut_pieces(text);
    ASSERT_GE(pieces.size(), 3U);
    EXPECT_LE(pieces[0].clauses[0].text.size(), 90U) << "the first is heard soon";
    std::string joined;
    for (const VoicePiece& piece : pieces) {
        for (const Clause& clause : piece.clauses) {
            EXPECT_LE(clause.text.size(), 160U);
            EXPECT_EQ(clause.text.substr(clause.text.size() - 4), "word");
            joined += clause.text + ' ';
        }
    }
    EXPECT_EQ(joined, text);
}

TEST(VoicePieces, ALongWordIsNotCutWithinACharacter) {
    std::string text;
    while (text.size() < 1'000) {
        text += "ж";
    }
    std::string joined;
    for (const VoicePiece& piece : cut_pieces(text)) {
        for (const Clause& clause : piece.clauses) {
            EXPECT_EQ(clause.text.size() % 2, 0U);
            joined += clause.text;
        }
    }
    EXPECT_EQ(joined, text);
}

TEST(VoicePieces, WithoutAWordThereIsNothing) {
    EXPECT_EQ(cut(""), "");
    EXPECT_EQ(cut(" ... !? , - \n"), "");
    EXPECT_EQ(cut("... hello there ..."), "hello there.");
}

TEST(VoicePieces, AnyBytesAreCutWithinTheLimits) {
    std::string text;
    unsigned seed = 1;
    for (int round = 0; round < 200; ++round) {
        text.clear();
        for (int byte = 0; byte < 700; ++byte) {
            seed = seed * 1'103'515'245U + 12'345U;
            text += static_cast<char>(seed >> 16U);
        }
        for (const VoicePiece& piece : cut_pieces(text)) {
            ASSERT_FALSE(piece.clauses.empty());
            for (const Clause& clause : piece.clauses) {
                EXPECT_LE(clause.text.size(), 165U);
                EXPECT_EQ(text.substr(clause.offset, clause.text.size()), clause.text);
            }
        }
    }
}

}  // namespace
}  // namespace studio::adapters::sherpa
