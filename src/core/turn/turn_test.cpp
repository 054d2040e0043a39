#include "core/turn/turn.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "base/entropy.hpp"
#include "core/turn/turn_test_driver.hpp"

namespace studio::core {
namespace {

using namespace std::chrono_literals;

TEST_F(TurnTest, EndsATurnAfterShortSilence) {
    silence(1s);
    speak(500ms);
    partial("a table for two");
    silence(500ms);
    EXPECT_EQ(names(), "speech silence");
    EXPECT_EQ(time_of("speech"), 1060ms);
    EXPECT_EQ(time_of("silence"), 1800ms);
    final("a table for two");
    EXPECT_EQ(names(), "speech silence turn");
    EXPECT_EQ(last_turn_.text, "a table for two");
    EXPECT_EQ(last_turn_.last_speech_at, start_ + 1460ms);
    EXPECT_EQ(last_turn_.endpoint_at, start_ + 1800ms);
    EXPECT_EQ(last_turn_.final_at, start_ + 2000ms);
}

TEST_F(TurnTest, WaitsLongerWhileTheSentenceGoesOn) {
    speak(500ms);
    partial("my name is");
    silence(1400ms);
    EXPECT_EQ(names(), "speech");
    silence(200ms);
    EXPECT_EQ(time_of("silence"), 2000ms);
}

TEST_F(TurnTest, APartialThatFinishesTheSentenceEndsTheWait) {
    speak(500ms);
    partial("a table for");
    silence(700ms);
    partial("a table for two");
    silence(20ms);
    EXPECT_EQ(names(), "speech silence");
}

TEST_F(TurnTest, JoinsWhatIsSaidBeforeTheTurnEnds) {
    speak(500ms);
    silence(400ms);
    speak(200ms);
    input(FinalHeard{1, "I would like"});
    EXPECT_EQ(names(), "speech silence speech");
    silence(400ms);
    input(FinalHeard{2, "a table"});
    EXPECT_EQ(names(), "speech silence speech silence turn");
    EXPECT_EQ(last_turn_.text, "I would like a table");
}

TEST_F(TurnTest, FinalsMayComeInAnyOrder) {
    speak(500ms);
    silence(400ms);
    speak(200ms);
    silence(400ms);
    input(FinalHeard{2, "a table"});
    input(FinalHeard{1, "I would like"});
    input(FinalHeard{1, "again"});
    EXPECT_EQ(last_turn_.text, "I would like a table");
    EXPECT_EQ(names(), "speech silence speech silence turn");
}

TEST_F(TurnTest, TakesThePartialWhereTheFinalNeverComes) {
    speak(500ms);
    partial("hello there");
    silence(400ms);
    silence(4800ms);
    EXPECT_EQ(names(), "speech silence");
    silence(300ms);
    EXPECT_EQ(last_turn_.text, "hello there");
}

TEST_F(TurnTest, TakesThePartialWhereTheRecogniserIsLost) {
    speak(500ms);
    partial("hello there");
    silence(400ms);
    input(RecogniserLost{});
    EXPECT_EQ(last_turn_.text, "hello there");
}

TEST_F(TurnTest, SaysWhenSpeechWasLost) {
    speak(500ms);
    silence(400ms);
    input(RecogniserLost{});
    EXPECT_EQ(names(), "speech silence lost");
    speak(500ms);
    silence(6s);
    EXPECT_EQ(names(), "speech silence lost speech silence lost");
}

TEST_F(TurnTest, NoiseIsNoTurn) {
    speak(200ms);
    silence(400ms);
    final("");
    speak(200ms);
    silence(400ms);
    final("um");
    EXPECT_EQ(names(), "speech silence speech silence");
    speak(40ms);
    silence(1s);
    EXPECT_EQ(names(), "speech silence speech silence") << "a click opens nothing";
}

TEST_F(TurnTest, WordsStopTheAgent) {
    input(AgentStarted{});
    silence(1s);
    speak(300ms);
    partial("wait");
    EXPECT_EQ(names(), "speech duck interrupt");
    EXPECT_LE(time_of("duck"), 1150ms);
    EXPECT_LE(time_of("interrupt"), 1500ms);
    silence(400ms);
    final("wait a minute");
    EXPECT_EQ(last_turn_.text, "wait a minute");
}

TEST_F(TurnTest, ACoughDoesNot) {
    input(AgentStarted{});
    silence(1s);
    speak(200ms);
    silence(1s);
    final("");
    EXPECT_EQ(names(), "speech duck resume silence");
    EXPECT_LE(time_of("resume"), 1500ms);
}

TEST_F(TurnTest, ASecondSoundOfAnUtteranceDucksAgain) {
    input(AgentStarted{});
    speak(300ms);
    partial("mm-hm");
    silence(240ms);
    speak(200ms);
    EXPECT_EQ(names(), "speech duck resume duck");
    silence(500ms);
    final("mm-hm");
    EXPECT_EQ(names(), "speech duck resume duck resume silence");
}

TEST_F(TurnTest, ACoughWithATailDoesNotEither) {
    input(AgentStarted{});
    silence(1s);
    speak(320ms);
    silence(1s);
    EXPECT_EQ(names(), "speech duck resume silence");
}

TEST_F(TurnTest, NeitherDoesABackchannel) {
    for (const char* sound : {"mm-hm", "yeah", "okay", "uh huh"}) {
        events_.clear();
        input(AgentStarted{});
        silence(1s);
        speak(300ms);
        partial(sound);
        silence(500ms);
        final(sound);
        silence(2s);
        input(AgentStopped{});
        EXPECT_EQ(names(), "speech duck resume silence") << sound;
    }
}

TEST_F(TurnTest, NorDoesWhatARecogniserMakesOfItsBeginning) {
    const struct {
        std::vector<const char*> partials;
        const char* final;
    } sounds[] = {{{"he"}, "yeah"},        {{"ca"}, "uh huh"},     {{"m", "he"}, "mm-hm"},
                  {{"ye"}, "yeah"},        {{"uh"}, "uh huh"},     {{"he", "he"}, "yeah"},
                  {{"the", "a"}, "mm-hm"}, {{"all"}, "all right"}, {{"uh", "uh he"}, "uh-huh"}};
    for (const auto& sound : sounds) {
        events_.clear();
        input(AgentStarted{});
        silence(1s);
        speak(240ms);
        for (const char* text : sound.partials) {
            partial(text);
            speak(120ms);
        }
        silence(500ms);
        final(sound.final);
        silence(2s);
        input(AgentStopped{});
        EXPECT_EQ(names().find("interrupt"), std::string::npos) << sound.final;
        EXPECT_TRUE(names().ends_with("resume silence")) << names();
    }
}

TEST_F(TurnTest, ADoubtfulWordStopsTheAgentWithTheNextOrWhereTheVoiceGoesOn) {
    say("hello");
    for (const bool has_second : {true, false}) {
        events_.clear();
        input(AgentStarted{});
        const Instant began = now_;
        speak(340ms);
        partial("look");
        EXPECT_EQ(names(), "speech duck");
        speak(300ms);
        EXPECT_EQ(names(), "speech duck hold") << "still held: it may be a word";
        if (has_second) {
            partial("look it");
        } else {
            speak(200ms);
        }
        EXPECT_EQ(names(), "speech duck hold interrupt");
        EXPECT_LE(now_ - began, 860ms);
        silence(400ms);
        final("look it up");
        input(AgentStopped{});
        silence(1s);
    }
}

TEST_F(TurnTest, ADoubtfulWordThatComesLateStopsTheAgentWhereTheVoiceGoesOn) {
    say("hello");
    input(AgentStarted{});
    events_.clear();
    speak(600ms);
    EXPECT_EQ(names(), "speech duck hold");
    partial("look");
    speak(240ms);
    EXPECT_EQ(names(), "speech duck hold interrupt");
}

TEST_F(TurnTest, AShortWordIsUnderstoodAtItsEnd) {
    say("hello");
    input(AgentStarted{});
    events_.clear();
    speak(300ms);
    partial("four");
    silence(400ms);
    final("four");
    EXPECT_EQ(names(), "speech duck resume silence interrupt turn");
    EXPECT_EQ(last_turn_.text, "four");
}

TEST_F(TurnTest, StopWaitAndNoStayFast) {
    say("hello");
    for (const char* word : {"stop", "wait", "no", "hold on", "Stop.", "No!"}) {
        input(AgentStarted{});
        events_.clear();
        speak(200ms);
        partial(word);
        EXPECT_EQ(names(), "speech duck interrupt") << word;
        silence(2s);
        final(word);
        input(AgentStopped{});
        silence(1s);
    }
}

TEST_F(TurnTest, AYesAtTheVeryEndIsAnAnswer) {
    input(AgentStarted{});
    silence(1s);
    speak(300ms);
    silence(400ms);
    final("yes");
    silence(300ms);
    input(AgentStopped{});
    EXPECT_EQ(names(), "speech duck resume silence turn");
    EXPECT_EQ(last_turn_.text, "yes");
}

TEST_F(TurnTest, WordsAfterTheDecisionStillStopTheAgent) {
    say("hello");
    events_.clear();
    input(AgentStarted{});
    speak(700ms);
    EXPECT_EQ(names(), "speech duck hold") << "partials are known to come, none came";
    speak(200ms);
    EXPECT_EQ(names(), "speech duck hold resume") << "such a noise the agent talks over";
    partial("no no wait");
    EXPECT_EQ(names(), "speech duck hold resume interrupt");
}

TEST_F(TurnTest, WithoutPartialsSustainedVoiceStopsTheAgent) {
    input(AgentStarted{});
    speak(700ms);
    EXPECT_EQ(names(), "speech duck interrupt");
    EXPECT_LE(time_of("interrupt"), 500ms);
}

TEST_F(TurnTest, WordsThatStoppedTheAgentStand) {
    input(AgentStarted{});
    speak(300ms);
    partial("stop please");
    silence(400ms);
    final("");
    EXPECT_EQ(last_turn_.text, "stop please");
}

TEST_F(TurnTest, AnUninterruptibleGreetingGoesOnAndIsAnsweredLater) {
    input(AgentStarted{.interruptible = false});
    say("I want a table");
    EXPECT_EQ(names(), "speech silence");
    silence(3s);
    input(AgentStopped{});
    EXPECT_EQ(names(), "speech silence turn");
    EXPECT_EQ(last_turn_.text, "I want a table");
}

TEST_F(TurnTest, WordsThatWereHeldComeFirstWhereLaterOnesInterrupt) {
    say("I want a table");
    say("yeah");
    silence(400ms);
    speak(400ms);
    silence(400ms);
    final("for two");
    EXPECT_EQ(turns_.back(), "for two") << "a backchannel is no part of it";
    input(AgentStarted{.interruptible = false});
    say("my name is john");
    input(AgentStarted{});
    speak(400ms);
    silence(400ms);
    final("for three people");
    EXPECT_EQ(turns_.back(), "my name is john for three people");
    EXPECT_FALSE(turn_.is_caller_pending());
}

TEST_F(TurnTest, GoingOnBeforeTheAnswerCancelsIt) {
    say("I want a table");
    events_.clear();
    silence(100ms);
    speak(400ms);
    EXPECT_EQ(names(), "speech duck hold");
    partial("for two");
    EXPECT_EQ(names(), "speech duck hold interrupt");
    silence(400ms);
    final("for two");
    EXPECT_EQ(names(), "speech duck hold interrupt silence turn");
}

TEST_F(TurnTest, ACoughBeforeTheAnswerOnlyHoldsIt) {
    say("I want a table");
    events_.clear();
    speak(200ms);
    silence(2s);
    EXPECT_EQ(names(), "speech duck hold silence") << "held until it is understood";
    final("");
    EXPECT_EQ(names(), "speech duck hold silence resume");
}

TEST_F(TurnTest, ALatePartialOfAFinishedUtteranceStopsNothing) {
    say("I want a table");
    input(AgentStarted{});
    events_.clear();
    input(PartialHeard{1, "I want a"});
    input(FinalHeard{1, "I want a table"});
    EXPECT_EQ(names(), "");
}

TEST_F(TurnTest, RepromptsThenDisconnects) {
    silence(9990ms);
    EXPECT_EQ(names(), "reprompt");
    input(AgentStarted{});
    silence(2s);
    input(AgentStopped{});
    silence(11s);
    EXPECT_EQ(names(), "reprompt reprompt");
    input(AgentStopped{});
    silence(276s);
    EXPECT_EQ(names(), "reprompt reprompt");
    silence(3s);
    EXPECT_EQ(names(), "reprompt reprompt disconnect");
    silence(600s);
    EXPECT_EQ(names(), "reprompt reprompt disconnect");
}

TEST_F(TurnTest, SpeakingResetsTheReprompts) {
    silence(10s);
    input(AgentStopped{});
    silence(10s);
    input(AgentStopped{});
    say("I am here");
    input(AgentStopped{});
    events_.clear();
    silence(10s);
    EXPECT_EQ(names(), "reprompt");
}

TEST_F(TurnTest, DigitsAreATurn) {
    for (const char digit : {'1', '2', '3'}) {
        input(DigitPressed{digit});
    }
    silence(3s);
    EXPECT_EQ(last_turn_.text, "123");
    EXPECT_TRUE(last_turn_.is_keypad);
    input(AgentStarted{});
    input(DigitPressed{'9'});
    input(DigitPressed{'#'});
    EXPECT_EQ(names(), "turn interrupt turn");
    EXPECT_EQ(last_turn_.text, "9");
}

TEST_F(TurnTest, EndlessNoiseIsCutIntoUtterances) {
    speak(61s);
    EXPECT_EQ(names(), "speech silence speech");
}

TEST_F(TurnTest, CarriesOnAfterSaving) {
    say("hello");
    input(AgentStopped{});
    silence(2s);
    const Instant elsewhere{500h};
    Turn carried({}, turn_.save(now_), elsewhere);
    EXPECT_EQ(carried.utterance(), 1U);
    ASSERT_TRUE(carried.next_deadline());
    EXPECT_EQ(*carried.next_deadline(), elsewhere + 10s);
}

class TurnWithoutInterruptions : public TurnTest {
protected:
    TurnWithoutInterruptions() : TurnTest(TurnOptions{.allow_interruptions = false}) {}
};

TEST_F(TurnWithoutInterruptions, NothingStopsTheAgent) {
    input(AgentStarted{});
    say("stop");
    EXPECT_EQ(names(), "speech silence");
}

TEST(TurnFuzz, DucksAreAlwaysDecided) {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        SeededEntropy entropy(seed);
        Turn turn(TurnOptions{});
        Instant now{1h};
        bool ducked = false;
        Instant ducked_at{};
        for (int step = 0; step < 2'000; ++step) {
            now += 20ms;
            const std::uint32_t dice = entropy.u32() % 100;
            const std::array<std::string, 6> texts{"",           "yeah", "stop it",
                                                   "my name is", "he",   "415"};
            TurnInput input =
                TurnFrame{(step / 20 + static_cast<int>(seed)) % 3 == 0 ? 0.9 : 0.1, now};
            if (dice < 3) {
                input = PartialHeard{turn.utterance(), texts.at(entropy.u32() % 6)};
            } else if (dice < 8) {
                input = FinalHeard{turn.utterance(), texts.at(entropy.u32() % 6)};
            } else if (dice < 10) {
                input = AgentStarted{.interruptible = entropy.u32() % 4 != 0};
            } else if (dice < 12) {
                input = AgentStopped{};
            } else if (dice < 13) {
                input = RecogniserLost{};
            } else if (dice < 14) {
                input = RecogniserAway{};
            } else if (dice < 15) {
                input = AgentSaid{"What is your phone number?"};
            }
            turn.handle(input, now);
            turn.handle(TurnTick{}, now);
            while (const auto output = turn.poll_output()) {
                if (std::holds_alternative<Duck>(*output)) {
                    EXPECT_FALSE(ducked) << "seed " << seed;
                    ducked = true;
                    ducked_at = now;
                } else if (std::holds_alternative<Resume>(*output) ||
                           std::holds_alternative<Interrupt>(*output)) {
                    ducked = false;
                }
            }
            if (ducked) {
                EXPECT_LT(now - ducked_at, 12s) << "seed " << seed;
            }
            if (const Deadline deadline = turn.next_deadline()) {
                EXPECT_GT(*deadline, now) << "a deadline that is past was handled";
            }
        }
        for (int step = 0; step < 600; ++step) {
            now += 20ms;
            turn.handle(TurnFrame{0.1, now}, now);
            if (step % 100 == 0) {
                turn.handle(AgentStopped{}, now);
            }
        }
        EXPECT_FALSE(turn.is_caller_pending()) << "seed " << seed << ": every wait is bounded";
    }
}

}  // namespace
}  // namespace studio::core
