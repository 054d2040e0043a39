#include <gtest/gtest.h>

#include <vector>

#include "core/turn/turn.hpp"
#include "core/turn/typed_text.hpp"

namespace studio::core {
namespace {

using namespace std::chrono_literals;

class TypedTurn : public testing::Test {
protected:
    TypedTurn() { input(TurnStart{}); }

    void input(const TurnInput& value) {
        turn_.handle(value, now_);
        while (const auto output = turn_.poll_output()) {
            if (const auto* ended = std::get_if<TurnEnded>(&*output)) {
                turns_.push_back(ended->text);
            } else if (std::holds_alternative<Interrupt>(*output)) {
                ++interrupts_;
            }
        }
    }
    void type(const std::string& text) { input(TextTyped{text}); }
    void pass(milliseconds time) {
        now_ += time;
        input(TurnTick{});
    }
    void speak(milliseconds duration, double probability = 0.9) {
        for (milliseconds passed = 0ms; passed < duration; passed += 20ms) {
            now_ += 20ms;
            input(TurnFrame{probability, now_});
        }
    }

    Turn turn_{TurnOptions{}};
    Instant now_{1h};
    std::vector<std::string> turns_;
    int interrupts_ = 0;
};

using Texts = std::vector<std::string>;

TEST_F(TypedTurn, ATextIsATurnAtOnce) {
    type("a table for two");
    EXPECT_EQ(turns_, Texts{"a table for two"});
    EXPECT_EQ(interrupts_, 0);
}

TEST_F(TypedTurn, StopsTheAgentAsWordsDo) {
    input(AgentStarted{});
    type("stop");
    EXPECT_EQ(interrupts_, 1);
    EXPECT_EQ(turns_, Texts{"stop"});
    // Also the answer that it is still thinking of, and also where it is one short word.
    pass(1s);
    type("yes");
    EXPECT_EQ(interrupts_, 2);
    EXPECT_EQ(turns_, (Texts{"stop", "yes"}));
}

TEST_F(TypedTurn, WaitsForAnAgentThatMayNotBeInterrupted) {
    input(AgentStarted{false});
    type("hello");
    EXPECT_TRUE(turns_.empty());
    EXPECT_TRUE(turn_.is_caller_pending());
    pass(5s);
    input(AgentStopped{});
    EXPECT_EQ(interrupts_, 0);
    EXPECT_EQ(turns_, Texts{"hello"});
}

TEST_F(TypedTurn, DoesNotWaitForTheEndOfANoise) {
    speak(2s);
    type("it is loud here");
    EXPECT_EQ(turns_, Texts{"it is loud here"});
    // What was said beside it is a turn of its own.
    speak(400ms, 0.05);
    input(FinalHeard{turn_.utterance(), "can you hear me"});
    EXPECT_EQ(turns_.size(), 2U);
}

TEST_F(TypedTurn, AFloodIsFewTurnsAndBounded) {
    for (int second = 0; second < 2; ++second) {
        for (int count = 0; count < 100; ++count) {
            type(std::string(500, 'x'));
            pass(10ms);
        }
    }
    EXPECT_LE(turns_.size(), 6U);
    for (const std::string& turn : turns_) {
        EXPECT_LE(turn.size(), TurnOptions{}.typed_bytes_max);
    }
    pass(1s);
    EXPECT_FALSE(turn_.is_caller_pending());
}

TEST_F(TypedTurn, TypingIsNoSilence) {
    for (int count = 0; count < 40; ++count) {
        pass(9s);
        type("still here");
        input(AgentStarted{});
        input(AgentStopped{});
    }
    EXPECT_EQ(turns_.size(), 40U);
}

TEST(TypedText, IsMadeHarmless) {
    const std::pair<std::string, std::string> cases[] = {
        {"  a table\tfor two\r\n", "a table\tfor two"},
        {std::string("a\0b\x1b[31mc\x7f", 10), "ab[31mc"},
        {"ok\xff\xfe!", "ok!"},
        {"\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80 x", "x"},
        {"Grüße 👋", "Grüße 👋"},
        {"\n \t", ""},
        {"cut at the end \xf0\x9f\x91", "cut at the end"},
    };
    for (const auto& [given, clean] : cases) {
        EXPECT_EQ(clean_typed_text(given, 100), clean);
    }
    EXPECT_EQ(clean_typed_text("ab\xc3\xa4", 3), "ab");
    EXPECT_EQ(clean_typed_text(std::string(1'000'000, 'x'), 8'192).size(), 8'192U);
}

}  // namespace
}  // namespace studio::core
