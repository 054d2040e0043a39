#include "core/dialog/sentence_cutter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
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
            sentences.push_back(sentence->spoken);
        }
    }
    while (auto sentence = cutter.flush()) {
        if (!sentence->spoken.empty()) {
            sentences.push_back(sentence->spoken);
        }
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
        {"今日は元気です。”はい、元気です。", {"今日は元気です。”", "はい、元気です。"}},
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
    EXPECT_FALSE(cutter.next()) << "it may be 3.5";
    cutter.add(" F");
    EXPECT_EQ(cutter.next().value_or(CutSentence()).spoken, "We have a table.");
    EXPECT_FALSE(cutter.next());
    EXPECT_EQ(cutter.flush().value_or(CutSentence()).spoken, "F");
    EXPECT_FALSE(cutter.flush());
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

/// All that was written, whatever of it is said: for the transcript.
std::string written(std::string_view text, std::size_t piece) {
    SentenceCutter cutter;
    std::string whole;
    const auto add = [&whole](const CutSentence& sentence) {
        whole += (whole.empty() ? "" : " ") + sentence.text;
    };
    for (std::size_t index = 0; index < text.size(); index += piece) {
        cutter.add(text.substr(index, piece));
        while (auto sentence = cutter.next()) {
            add(*sentence);
        }
    }
    while (auto sentence = cutter.flush()) {
        add(*sentence);
    }
    return whole;
}

TEST(SentenceCutter, KeepsWhatWasWrittenAndSaysWhatIsText) {
    const struct {
        const char* text;
        Sentences spoken;
    } cases[] = {
        {"## Our menu\n**Pasta** and _pizza_. Enjoy!", {"Our menu", "Pasta and pizza.", "Enjoy!"}},
        {"**Note.** We close at nine. ~~Ten~~ is wrong.",
         {"Note. We close at nine.", "Ten is wrong."}},
        {"See [our menu. It is new](https://example.com/a_b(c)) today. Fine.",
         {"See our menu.", "It is new today.", "Fine."}},
        {"Wait <break time=\"1.5 s. or so\"/> a moment please. Thanks.",
         {"Wait a moment please.", "Thanks."}},
        {"Great choice! 🎉🎉🎉", {"Great choice!"}},
        {"👍 Great choice! See you.", {"Great choice!", "See you."}},
        {"Use this:\n```python\nprint('a. b')\nx = 1\n```\nThat is all.",
         {"Use this:", "That is all."}},
        {"| Day | Open |\n|---|:--:|\n| Monday | 9 to 5 |\n", {"Day, Open", "Monday, 9 to 5"}},
        {"One thing here.\n---\nAnother thing here.", {"One thing here.", "Another thing here."}},
        {"**", {}},
        {"👍", {}},
        {"— … —", {}},
    };
    for (const auto& entry : cases) {
        std::string original(entry.text);
        std::replace(original.begin(), original.end(), '\n', ' ');
        original.erase(original.find_last_not_of(' ') + 1);
        for (const std::size_t piece : {1U, 2U, 3U, 7U, 1000U}) {
            EXPECT_EQ(cut(entry.text, piece), entry.spoken) << entry.text << " by " << piece;
            EXPECT_EQ(written(entry.text, piece), original) << entry.text << " by " << piece;
        }
    }
}

TEST(SentenceCutter, GivesWhatWasCompleteWhenNothingMoreComes) {
    const auto complete = [](std::string_view text) {
        SentenceCutter cutter;
        cutter.add(text);
        const auto sentence = cutter.flush_complete();
        EXPECT_FALSE(cutter.flush()) << "the rest is forgotten";
        return sentence ? sentence->spoken : std::string("nothing");
    };
    EXPECT_EQ(complete("We are open until nine."), "We are open until nine.");
    EXPECT_EQ(complete("Yes! And we a"), "Yes!");
    EXPECT_EQ(complete("It costs 3.5"), "nothing");
    EXPECT_EQ(complete("नमस्ते जी। आप"), "नमस्ते जी।");
    EXPECT_EQ(complete("And we a"), "nothing");
    EXPECT_EQ(complete(""), "nothing");
}

}  // namespace
}  // namespace studio::core
