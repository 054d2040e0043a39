#include "core/turn/turn.hpp"

#include <gtest/gtest.h>

#include "base/entropy.hpp"

namespace studio::core {
namespace {

using namespace std::chrono_literals;

/// Drives a Turn frame by frame and writes down what comes out, with its time.
class TurnTest : public testing::Test {
protected:
    struct Event {
        std::string name;
        milliseconds at;
    };

    explicit TurnTest(TurnOptions options = {}) : turn_(std::move(options)) { input(TurnStart{}); }

    void input(const TurnInput& value) {
        turn_.handle(value, now_);
        while (const auto output = turn_.poll_output()) {
            static constexpr std::array names{"speech",   "silence",    "duck",
                                              "resume",   "interrupt",  "turn",
                                              "reprompt", "disconnect", "lost"};
            events_.push_back(
                {names.at(output->index()), duration_cast<milliseconds>(now_ - start_)});
            if (const auto* ended = std::get_if<TurnEnded>(&*output)) {
                last_turn_ = *ended;
            }
        }
    }
    void frames(milliseconds duration, double probability) {
        for (milliseconds passed = 0ms; passed < duration; passed += 20ms) {
            now_ += 20ms;
            input(TurnFrame{probability, now_ - 40ms});
        }
    }
    void speak(milliseconds duration) { frames(duration, 0.9); }
    void silence(milliseconds duration) { frames(duration, 0.05); }
    void partial(const std::string& text) { input(PartialHeard{turn_.utterance(), text}); }
    void final(const std::string& text) { input(FinalHeard{turn_.utterance(), text}); }
    void say(const std::string& text) {
        speak(600ms);
        partial(text);
        silence(400ms);
        final(text);
    }

    [[nodiscard]] std::string names() const {
        std::string all;
        for (const Event& event : events_) {
            all += (all.empty() ? "" : " ") + event.name;
        }
        return all;
    }
    [[nodiscard]] milliseconds time_of(const std::string& name) const {
        for (const Event& event : events_) {
            if (event.name == name) {
                return event.at;
            }
        }
        return -1ms;
    }

    Turn turn_;
    Instant start_{1h};
    Instant now_ = start_;
    std::vector<Event> events_;
    TurnEnded last_turn_;
};

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
    EXPECT_EQ(names(), "speech duck resume") << "partials are known to come, none came";
    partial("no no wait");
    EXPECT_EQ(names(), "speech duck resume interrupt");
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

TEST_F(TurnTest, GoingOnBeforeTheAnswerCancelsIt) {
    say("I want a table");
    events_.clear();
    silence(100ms);
    speak(400ms);
    EXPECT_EQ(names(), "speech duck");
    partial("for two");
    EXPECT_EQ(names(), "speech duck interrupt");
    silence(400ms);
    final("for two");
    EXPECT_EQ(names(), "speech duck interrupt silence turn");
}

TEST_F(TurnTest, ACoughBeforeTheAnswerOnlyHoldsIt) {
    say("I want a table");
    events_.clear();
    speak(200ms);
    silence(2s);
    EXPECT_EQ(names(), "speech duck silence") << "held until it is understood";
    final("");
    EXPECT_EQ(names(), "speech duck silence resume");
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
            const std::array<std::string, 4> texts{"", "yeah", "stop it", "my name is"};
            TurnInput input =
                TurnFrame{(step / 20 + static_cast<int>(seed)) % 3 == 0 ? 0.9 : 0.1, now};
            if (dice < 3) {
                input = PartialHeard{turn.utterance(), texts.at(entropy.u32() % 4)};
            } else if (dice < 8) {
                input = FinalHeard{turn.utterance(), texts.at(entropy.u32() % 4)};
            } else if (dice < 10) {
                input = AgentStarted{.interruptible = entropy.u32() % 4 != 0};
            } else if (dice < 12) {
                input = AgentStopped{};
            } else if (dice < 13) {
                input = RecogniserLost{};
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
    }
}

}  // namespace
}  // namespace studio::core
