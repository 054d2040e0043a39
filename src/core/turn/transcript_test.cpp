// What odd recognisers make of an utterance, and that its words are answered once.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/entropy.hpp"
#include "core/turn/turn_test_driver.hpp"

namespace studio::core {
namespace {

using namespace std::chrono_literals;

/// One transcript, so long after the caller fell silent; negative while they speak.
struct Heard {
    milliseconds at{0};
    std::string text;
    bool is_final = false;
};

struct Recogniser {
    const char* name;
    std::vector<Heard> hears;
    /// What the agent answers; empty for nothing.
    std::string said;
};

class RecogniserModels : public TurnTest, public testing::WithParamInterface<Recogniser> {};

TEST_P(RecogniserModels, LoseAndDoubleNoWord) {
    silence(500ms);
    for (milliseconds at = -1'000ms; at < 8'000ms; at += 20ms) {
        frames(20ms, at < 0ms ? 0.9 : 0.05);
        for (const Heard& heard : GetParam().hears) {
            if (heard.at == at) {
                heard.is_final ? input(FinalHeard{1, heard.text})
                               : input(PartialHeard{1, heard.text});
            }
        }
    }
    const std::vector<std::string> expected =
        GetParam().said.empty() ? std::vector<std::string>{} : std::vector{GetParam().said};
    EXPECT_EQ(turns_, expected);
    EXPECT_FALSE(turn_.is_caller_pending());
}

INSTANTIATE_TEST_SUITE_P(
    All, RecogniserModels,
    testing::Values(
        Recogniser{"honest", {{-200ms, "yes"}, {400ms, "yes please", true}}, "yes please"},
        Recogniser{"an_empty_final", {{-200ms, "yes please"}, {400ms, "", true}}, "yes please"},
        Recogniser{"a_blank_final", {{-200ms, "yes please"}, {400ms, " \n", true}}, "yes please"},
        Recogniser{
            "a_final_of_marks", {{-200ms, "yes please"}, {400ms, "…。", true}}, "yes please"},
        Recogniser{"a_final_of_noise", {{-200ms, "yes please"}, {400ms, "uh", true}}, "yes please"},
        Recogniser{"no_final", {{-200ms, "yes please"}}, "yes please"},
        Recogniser{
            "no_final_and_late_interims", {{-200ms, "yes"}, {600ms, "yes please"}}, "yes please"},
        Recogniser{"only_late_interims", {{800ms, "yes please"}}, "yes please"},
        Recogniser{"interims_that_vanish",
                   {{-400ms, "yes please"}, {-200ms, ""}, {400ms, "", true}},
                   "yes please"},
        Recogniser{
            "interims_that_vanish_late", {{-400ms, "yes please"}, {400ms, ""}}, "yes please"},
        Recogniser{"interims_that_shrink",
                   {{-400ms, "yes please do"}, {-200ms, "yes"}, {400ms, "yes please", true}},
                   "yes please"},
        Recogniser{
            "two_finals", {{400ms, "yes please", true}, {500ms, "yes please", true}}, "yes please"},
        Recogniser{"a_second_final_that_differs",
                   {{400ms, "yes please", true}, {900ms, "yes", true}},
                   "yes please"},
        Recogniser{"a_final_before_the_endpoint",
                   {{-200ms, "yes"}, {100ms, "yes please", true}},
                   "yes please"},
        Recogniser{"a_final_before_the_endpoint_and_one_after",
                   {{100ms, "yes please", true}, {400ms, "yes please", true}},
                   "yes please"},
        Recogniser{"a_final_before_the_endpoint_and_an_empty_one",
                   {{100ms, "yes please", true}, {400ms, "", true}},
                   "yes please"},
        Recogniser{"a_final_before_the_endpoint_and_a_late_interim",
                   {{100ms, "yes please", true}, {200ms, "yes"}},
                   "yes please"},
        Recogniser{"a_final_in_the_middle_of_speech",
                   {{-500ms, "yes", true}, {-100ms, "yes please"}, {400ms, "yes please", true}},
                   "yes please"},
        Recogniser{
            "a_final_in_the_middle_and_none_after", {{-500ms, "yes please", true}}, "yes please"},
        Recogniser{"a_final_after_the_deadline",
                   {{-200ms, "yes please"}, {6'000ms, "yes please", true}},
                   "yes please"},
        Recogniser{"an_empty_final_before_the_endpoint",
                   {{-200ms, "yes please"}, {100ms, "", true}},
                   "yes please"},
        Recogniser{"blank_all_along", {{-200ms, " "}, {400ms, "  ", true}}, ""},
        Recogniser{"marks_all_along", {{-200ms, "..."}, {400ms, "。", true}}, ""},
        Recogniser{"noise_all_along", {{-200ms, "uh"}, {400ms, "um", true}}, ""}),
    [](const testing::TestParamInfo<Recogniser>& test) { return std::string(test.param.name); });

class OddRecogniser : public TurnTest {};

TEST_F(OddRecogniser, FinalsOfAnOldUtteranceChangeNothing) {
    say("hello there");
    input(AgentStopped{});
    silence(1s);
    speak(500ms);
    input(FinalHeard{1, "hello there"});
    input(PartialHeard{1, "hello"});
    partial("a table please");
    silence(400ms);
    input(FinalHeard{1, "hello there"});
    input(FinalHeard{7, "from the future"});
    final("a table please");
    EXPECT_EQ(turns_, (std::vector<std::string>{"hello there", "a table please"}));
}

TEST_F(OddRecogniser, TheAnswerComesWithinABoundedTimeAfterTheEndpoint) {
    speak(600ms);
    partial("yes please");
    silence(300ms);
    ASSERT_EQ(names(), "speech silence");
    silence(TurnOptions{}.transcript_timeout);
    EXPECT_EQ(turns_, std::vector<std::string>{"yes please"});
}

TEST_F(OddRecogniser, WordsOverAnUninterruptibleGreetingSurviveAnEmptyFinal) {
    input(AgentStarted{.interruptible = false});
    speak(600ms);
    partial("I want a table");
    silence(400ms);
    final("");
    silence(2s);
    input(AgentStopped{});
    EXPECT_EQ(turns_, std::vector<std::string>{"I want a table"});
}

TEST_F(OddRecogniser, ADoubtfulWordOverTheAgentThatIsTakenBackIsNothing) {
    input(AgentStarted{});
    silence(1s);
    speak(300ms);
    partial("he");
    silence(600ms);
    final("");
    silence(1s);
    input(AgentStopped{});
    silence(1s);
    EXPECT_EQ(names(), "speech duck resume silence");
}

TEST_F(OddRecogniser, WhileItIsAwayVoiceAloneStopsTheAgent) {
    say("hello there");
    input(AgentStarted{});
    input(RecogniserAway{});
    events_.clear();
    speak(700ms);
    EXPECT_EQ(names(), "speech duck interrupt");
}

/// Draws what a recogniser does with an utterance of given words. Whatever it is, something with
/// the words comes within its time.
std::vector<Heard> draw_recogniser(Entropy& entropy, const std::string& words) {
    const std::string first = words.substr(0, words.find(' '));
    std::vector<Heard> hears;
    const auto at = [&entropy](int from, int to) {
        const auto span = static_cast<std::uint32_t>((to - from) / 20);
        return milliseconds(from + 20 * static_cast<int>(entropy.u32() % span));
    };
    const std::uint32_t kind = entropy.u32() % 6;
    if (kind != 0) {
        for (std::uint32_t count = entropy.u32() % 3; count > 0; --count) {
            hears.push_back({at(-600, -200), first});
        }
        hears.push_back({at(-200, 280), words});
        if (entropy.u32() % 3 == 0) {
            hears.push_back({at(-100, 900), ""});
        }
    }
    const char* blanks[] = {"", "  ", "...", "uh"};
    switch (kind) {
        case 0:
            hears.push_back({at(320, 2'000), words, true});
            break;
        case 1:
            hears.push_back({at(320, 2'000), blanks[entropy.u32() % 4], true});
            break;
        case 2:
            break;  // No final one at all.
        case 3:
            hears.push_back({at(0, 280), words, true});
            hears.push_back({at(320, 900), entropy.u32() % 2 == 0 ? words : "", true});
            break;
        case 4:
            hears.push_back({at(320, 600), words, true});
            hears.push_back({at(600, 900), words, true});
            break;
        default:
            hears.push_back({at(5'400, 7'000), words, true});
            break;
    }
    std::stable_sort(hears.begin(), hears.end(),
                     [](const Heard& one, const Heard& other) { return one.at < other.at; });
    return hears;
}

class AnyRecogniser : public TurnTest {
protected:
    void utter(std::uint32_t number, const std::vector<Heard>& hears) {
        for (milliseconds at = -600ms; at < 7'500ms; at += 20ms) {
            frames(20ms, at < 0ms ? 0.9 : 0.05);
            for (const Heard& heard : hears) {
                if (heard.at != at) {
                    continue;
                }
                heard.is_final ? input(FinalHeard{number, heard.text})
                               : input(PartialHeard{number, heard.text});
            }
            // An agent that answers with a word.
            if (turns_.size() > answered_) {
                answered_ = turns_.size();
                input(AgentStarted{});
                input(AgentStopped{});
            }
        }
    }
    std::size_t answered_ = 0;
};

TEST_F(AnyRecogniser, EveryUtteranceWithWordsIsAnsweredOnce) {
    SeededEntropy entropy(11);
    const char* sayings[] = {"yes please",        "a table",      "I want to cancel it",
                             "tomorrow at seven", "no thank you", "goodbye now"};
    std::vector<std::string> said;
    for (std::uint32_t number = 1; number <= 300; ++number) {
        const std::string words = sayings[entropy.u32() % std::size(sayings)];
        const std::vector<Heard> hears = draw_recogniser(entropy, words);
        said.push_back(words);
        utter(number, hears);
        std::string trace;
        for (const Heard& heard : hears) {
            trace +=
                std::to_string(heard.at.count()) + (heard.is_final ? "=" : "~") + heard.text + "; ";
        }
        ASSERT_EQ(turns_, said) << number << ": " << trace;
    }
}

}  // namespace
}  // namespace studio::core
