// Callers who do not know how one talks to a machine.

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/entropy.hpp"
#include "core/turn/turn_test_driver.hpp"

namespace studio::core {
namespace {

using namespace std::chrono_literals;

using Texts = std::vector<std::string>;

/// A caller with a fast recogniser: partials while they speak, a final 100 ms after the endpoint.
class Habits : public TurnTest {
protected:
    void speak_words(const std::string& words) {
        if (!turn_.is_caller_speaking() && !open_words_.empty()) {
            final(std::exchange(open_words_, {}));
        }
        const std::string before = open_words_.empty() ? "" : open_words_ + ' ';
        speak(300ms);
        partial(before + words.substr(0, words.find(' ')));
        speak(300ms);
        open_words_ = before + words;
        partial(open_words_);
    }
    void fall_silent(milliseconds duration) {
        for (milliseconds passed = 0ms; passed < duration; passed += 20ms) {
            silence(20ms);
            closed_for_ = turn_.is_caller_speaking() ? 0ms : closed_for_ + 20ms;
            if (closed_for_ >= 100ms && !open_words_.empty()) {
                final(open_words_);
                open_words_.clear();
            }
        }
    }

    /// Of an utterance that has no final transcript yet.
    std::string open_words_;
    milliseconds closed_for_{0};
};

TEST_F(Habits, WhoSpeaksOverTheGreetingIsHeardAndAnsweredOnce) {
    for (const bool interruptible : {true, false}) {
        turns_.clear();
        input(AgentStarted{interruptible});
        silence(1s);
        speak_words("hello I want a table");
        fall_silent(1s);
        if (!interruptible) {
            EXPECT_TRUE(turns_.empty());
            silence(2s);
        }
        input(AgentStopped{});
        silence(1s);
        EXPECT_EQ(turns_, Texts{"hello I want a table"}) << interruptible;
        input(AgentStarted{});
        input(AgentStopped{});
    }
}

TEST_F(Habits, WhoStuttersIsNotCutOff) {
    for (const char* start : {"I I", "I w-", "I want a a", "um I", "can I um", "it's uh"}) {
        turns_.clear();
        speak_words(start);
        fall_silent(1'200ms);
        EXPECT_TRUE(turn_.is_caller_speaking()) << start;
        speak_words("want a table");
        fall_silent(2s);
        EXPECT_EQ(turns_, Texts{std::string(start) + " want a table"}) << start;
        input(AgentStopped{});
        fall_silent(1s);
    }
}

TEST_F(Habits, WhoFallsSilentInTheMiddleMayGoOnBeforeTheAnswer) {
    speak_words("I would like");
    fall_silent(2'200ms);
    EXPECT_EQ(turns_, Texts{"I would like"}) << "a long silence ends it after all";
    // They go on while the agent thinks: both parts are the caller's words, in their order.
    speak_words("a table for two please");
    fall_silent(1s);
    EXPECT_EQ(turns_, (Texts{"I would like", "a table for two please"}));
    EXPECT_NE(names().find("interrupt"), std::string::npos)
        << "the answer to half of it is dropped";
}

TEST_F(Habits, WhoAsksForPatienceIsNotAskedAgainAtOnce) {
    input(AgentStarted{});
    silence(1s);
    speak_words("hold on");
    EXPECT_NE(names().find("interrupt"), std::string::npos);
    fall_silent(1'400ms);
    EXPECT_TRUE(turns_.empty()) << "they may go on";
    fall_silent(500ms);
    EXPECT_EQ(turns_, Texts{"hold on"});
}

TEST_F(Habits, WhoHumsAllAlongStopsNothing) {
    input(AgentStarted{});
    std::uint32_t utterance = 0;
    for (const char* sound : {"mm-hm", "yeah", "uh huh", "okay", "right", "mm", "yeah yeah"}) {
        silence(800ms);
        speak(160ms);
        utterance = turn_.utterance();
        partial(std::string(sound).substr(0, 2));
        speak(160ms);
        partial(sound);
        silence(600ms);
        input(FinalHeard{utterance, sound});
    }
    EXPECT_EQ(names().find("interrupt"), std::string::npos);
    silence(2s);
    input(AgentStopped{});
    EXPECT_TRUE(turns_.empty());
}

/// Whatever is said over or beside the agent in whatever pieces: no word with a final transcript is
/// lost or said twice, but for backchannels over the agent.
TEST_F(Habits, NoWordIsLostOrDoubled) {
    SeededEntropy entropy(5);
    int number = 0;
    Texts said;
    for (int step = 0; step < 600; ++step) {
        const bool over_agent = entropy.u32() % 2 == 0;
        if (over_agent) {
            input(AgentStarted{.interruptible = entropy.u32() % 3 != 0});
            silence(milliseconds(20 * (entropy.u32() % 40)));
        }
        for (std::uint32_t piece = 1 + entropy.u32() % 3; piece > 0; --piece) {
            const std::string words =
                "word" + std::to_string(++number) + (entropy.u32() % 4 == 0 ? " and" : " please");
            said.push_back(words);
            speak_words(words);
            fall_silent(milliseconds(700 + 20 * (entropy.u32() % 90)));
        }
        fall_silent(3s);
        input(AgentStopped{});
        fall_silent(2s);
        input(AgentStopped{});
    }
    std::string all_said;
    for (const std::string& words : said) {
        all_said += words + ' ';
    }
    std::string all_turns;
    for (const std::string& turn : turns_) {
        all_turns += turn + ' ';
    }
    EXPECT_EQ(all_turns, all_said);
}

}  // namespace
}  // namespace studio::core
