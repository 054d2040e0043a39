// What stops the agent, by profile, with recognisers as they are.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/turn/turn_test_driver.hpp"

namespace studio::core {
namespace {

using namespace std::chrono_literals;

class Interrupting : public TurnTest {
protected:
    Interrupting() : Interrupting(Interruptions::normal) {}
    explicit Interrupting(Interruptions interruptions)
        : TurnTest(TurnOptions{.interruptions = profile_of(interruptions)}) {
        say("hello");
        begin();
    }
    void begin() {
        input(AgentStopped{});
        silence(1s);
        input(AgentStarted{});
        silence(500ms);
        events_.clear();
    }
    [[nodiscard]] bool is_stopped() const { return names().find("interrupt") != std::string::npos; }
};

TEST_F(Interrupting, HumsInFullDressAndLateStopNothing) {
    for (const char* hum : {"Yeah.", "Mm-hmm.", "Uh-huh, okay.", "Right. Okay.", "Yes, yes."}) {
        for (const milliseconds lag : {0ms, 300ms, 600ms}) {
            speak(320ms);
            silence(lag);
            partial(hum);
            silence(300ms);
            partial(hum);
            silence(700ms - lag);
            final(hum);
            EXPECT_FALSE(is_stopped()) << hum << " after " << lag.count();
            silence(1s);
            begin();
        }
    }
}

TEST_F(Interrupting, AHumOnlyMakesTheAgentQuieter) {
    for (const char* hum : {"Yeah.", "Okay.", "Mm-hmm."}) {
        speak(360ms);
        silence(400ms);
        final(hum);
        EXPECT_EQ(names(), "speech duck resume silence") << hum;
        silence(1s);
        begin();
    }
}

TEST_F(Interrupting, StopWordsStopAtOnceHoweverLate) {
    for (const char* word : {"Wait.", "Stop!", "No, no.", "Yeah, wait"}) {
        speak(500ms);
        silence(100ms);
        partial(word);
        EXPECT_TRUE(is_stopped()) << word;
        silence(2s);
        final(word);
        begin();
    }
}

TEST_F(Interrupting, WhatTheFirstPartialMakesUpIsTakenBack) {
    // A hum, of which the first guess is two words.
    speak(320ms);
    partial("He are");
    EXPECT_EQ(names(), "speech duck hold") << "so that nobody is talked over";
    silence(200ms);
    partial("Yeah.");
    silence(500ms);
    final("Yeah.");
    EXPECT_EQ(names(), "speech duck hold resume silence");
}

TEST_F(Interrupting, WordsThatASecondPartialKeepsStopTheAgent) {
    speak(320ms);
    partial("Cancel");
    EXPECT_FALSE(is_stopped());
    speak(100ms);
    partial("Cancel it");
    EXPECT_TRUE(is_stopped());
}

TEST_F(Interrupting, WordsThatStandStopItWithin300MillisecondsOfBeingKnown) {
    for (const milliseconds lag : {0ms, 300ms, 600ms}) {
        speak(500ms);
        silence(lag);
        partial("I want something else");
        const Instant known_at = now_;
        EXPECT_NE(names().find("duck"), std::string::npos);
        while (!is_stopped() && now_ - known_at < 1s) {
            silence(20ms);
        }
        EXPECT_LE(now_ - known_at, 300ms) << "lag " << lag.count();
        final("I want something else");
        silence(3s);
        begin();
    }
}

TEST_F(Interrupting, AFinalNeedsNoSecond) {
    speak(500ms);
    final("Something else.");
    EXPECT_TRUE(is_stopped());
}

TEST_F(Interrupting, AnAnswerThatIsNotHeardYetIsDroppedAtTheFirstWord) {
    input(AgentStopped{});
    silence(1s);
    say("a table please");
    events_.clear();
    speak(320ms);
    partial("for two");
    EXPECT_TRUE(is_stopped());
}

class Eagerly : public Interrupting {
protected:
    Eagerly() : Interrupting(Interruptions::eager) {}
};

TEST_F(Eagerly, TheFirstWordIsEnough) {
    speak(200ms);
    partial("look");
    EXPECT_EQ(names(), "speech duck interrupt");
}

TEST_F(Eagerly, TheRecognisersStartIsEnough) {
    speak(200ms);
    input(StartHeard{turn_.utterance()});
    EXPECT_EQ(names(), "speech duck interrupt");
}

TEST_F(Eagerly, HumsAreNot) {
    speak(200ms);
    partial("Mm-hmm.");
    silence(1s);
    final("Mm-hmm.");
    EXPECT_FALSE(is_stopped());
}

class Patiently : public Interrupting {
protected:
    Patiently() : Interrupting(Interruptions::patient) {}
};

TEST_F(Patiently, ThreeWordsAreNeeded) {
    speak(400ms);
    partial("something else");
    silence(600ms);
    final("something else");
    EXPECT_FALSE(is_stopped());
    silence(1s);
    input(AgentStopped{});
    EXPECT_EQ(turns_.back(), "something else") << "it is answered, but later";
    begin();
    speak(400ms);
    partial("I want");
    partial("I want something");
    EXPECT_TRUE(is_stopped());
}

TEST_F(Patiently, OrAStopWord) {
    speak(300ms);
    partial("Wait.");
    EXPECT_TRUE(is_stopped());
}

TEST_F(Patiently, VoiceAloneIsNoReasonWithoutTranscripts) {
    input(RecogniserAway{});
    speak(2s);
    EXPECT_FALSE(is_stopped());
}

class Never : public Interrupting {
protected:
    Never() : Interrupting(Interruptions::off) {}
};

TEST_F(Never, NothingStopsTheAgentAndAllIsAnsweredLater) {
    say("stop please");
    EXPECT_EQ(names(), "speech silence");
    silence(1s);
    input(AgentStopped{});
    EXPECT_EQ(turns_.back(), "stop please");
}

TEST(Interruptions, HaveNames) {
    for (const InterruptionProfile& profile : interruption_profiles) {
        const auto parsed = parse_interruptions(profile.name);
        ASSERT_TRUE(parsed);
        EXPECT_EQ(name_of(*parsed), profile.name);
    }
    EXPECT_FALSE(parse_interruptions("sometimes"));
}

}  // namespace
}  // namespace studio::core
