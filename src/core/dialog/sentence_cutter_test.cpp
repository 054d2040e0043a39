#include "core/dialog/sentence_cutter.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace studio::core {
namespace {

using Sentences = std::vector<std::string>;

Sentences cut(std::string_view text, std::size_t piece) {
    SentenceCutter cutter;
    Sentences sentences;
    for (std::size_t index = 0; index < text.size(); index += piece) {
        cutter.add(text.substr(index, piece));
        while (auto sentence = cutter.next()) {
            sentences.push_back(*sentence);
        }
    }
    while (auto sentence = cutter.flush()) {
        sentences.push_back(*sentence);
    }
    return sentences;
}

TEST(SentenceCutter, CutsWhereSentencesEnd) {
    const struct {
        const char* text;
        Sentences sentences;
    } cases[] = {
        {"", {}},
        {"  \n ", {}},
        {"...", {}},
        {"Hello there. How are you?", {"Hello there.", "How are you?"}},
        {"That costs 3.50 in all. Fine?", {"That costs 3.50 in all.", "Fine?"}},
        {"I saw Dr. Miller today. Good.", {"I saw Dr. Miller today.", "Good."}},
        {"We open at 7 p.m. and close late.", {"We open at 7 p.m. and close late."}},
        {"We open at 7 p.m. Please come.", {"We open at 7 p.m.", "Please come."}},
        {"Ask J. Smith about it.", {"Ask J. Smith about it."}},
        {"You have:\n1. Milk and tea\n2. Bread", {"You have:", "1. Milk and tea", "2. Bread"}},
        {"Well... let me see. There.", {"Well... let me see.", "There."}},
        {"Let me see... Here it is.", {"Let me see...", "Here it is."}},
        {"Yes. That works for me.", {"Yes. That works for me."}},
        {"No. 5 is free now. Take it.", {"No. 5 is free now.", "Take it."}},
        {"He said \"come in.\" Then he left.", {"He said \"come in.\"", "Then he left."}},
        {"Really?! I did not know.", {"Really?!", "I did not know."}},
        {"**Bold** and `code` here. Done.", {"Bold and code here.", "Done."}},
        {"नमस्ते जी। आप कैसे हैं?", {"नमस्ते जी।", "आप कैसे हैं?"}},
        {"今日は元気ですか？はい、元気です。", {"今日は元気ですか？", "はい、元気です。"}},
        {"Visit example.com for more. Bye.", {"Visit example.com for more.", "Bye."}},
        {"no end", {"no end"}},
    };
    for (const auto& entry : cases) {
        for (const std::size_t piece : {1U, 2U, 3U, 7U, 1000U}) {
            EXPECT_EQ(cut(entry.text, piece), entry.sentences) << entry.text << " by " << piece;
        }
    }
}

TEST(SentenceCutter, GivesASentenceAsSoonAsItIsCertain) {
    SentenceCutter cutter;
    cutter.add("We have a table.");
    EXPECT_EQ(cutter.next(), std::nullopt) << "it may be 3.5";
    cutter.add(" F");
    EXPECT_EQ(cutter.next(), "We have a table.");
    EXPECT_EQ(cutter.next(), std::nullopt);
    EXPECT_EQ(cutter.flush(), "F");
    EXPECT_EQ(cutter.flush(), std::nullopt);
}

TEST(SentenceCutter, CutsTextWithoutEnd) {
    std::string text;
    for (int index = 0; index < 200; ++index) {
        text += "word ";
    }
    const Sentences sentences = cut(text, 5);
    EXPECT_GT(sentences.size(), 3U);
    for (const std::string& sentence : sentences) {
        EXPECT_LE(sentence.size(), 280U);
    }
    EXPECT_EQ(cut(std::string(2'000, 'x'), 100).size(), 1U) << "one endless word is left to flush";
}

}  // namespace
}  // namespace studio::core
