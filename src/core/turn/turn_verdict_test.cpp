// A recogniser that judges turns: its word, our rules beside it, and what comes when it is silent.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/entropy.hpp"
#include "core/turn/turn_test_driver.hpp"

namespace studio::core {
namespace {

using namespace std::chrono_literals;

using Texts = std::vector<std::string>;

class Judged : public TurnTest {
protected:
    Judged() : TurnTest(TurnOptions{.recogniser_judges = true}) {}

    void ends(const std::string& text) { input(EndHeard{turn_.utterance(), text}); }
};

TEST_F(Judged, TheRecognisersWordEndsTheTurnAtOnce) {
    speak(600ms);
    partial("A table for two");
    silence(160ms);
    ends("A table for two.");
    EXPECT_EQ(names(), "speech silence turn");
    EXPECT_EQ(last_turn_.text, "A table for two.");
    EXPECT_EQ(last_turn_.endpoint_at, now_);
    EXPECT_EQ(last_turn_.final_at, now_);
    // Finishing the utterance asks for nothing more.
    final("A table for two.");
    silence(2s);
    EXPECT_EQ(turns_, Texts{"A table for two."});
}

TEST_F(Judged, ItKnowsBetterWhetherASentenceGoesOn) {
    speak(600ms);
    partial("that is what I came for");
    silence(160ms);
    ends("that is what I came for");
    EXPECT_EQ(names(), "speech silence turn") << "to us it sounded unfinished";
}

TEST_F(Judged, WithoutItsWordSilenceIsOnlyTheBackstop) {
    speak(600ms);
    partial("Yes, please.");
    silence(2'900ms);
    EXPECT_EQ(names(), "speech");
    silence(200ms);
    EXPECT_EQ(names(), "speech silence");
    final("Yes, please.");
    EXPECT_EQ(turns_, Texts{"Yes, please."});
}

TEST_F(Judged, WhereItIsAwaySilenceDecidesAsEver) {
    speak(600ms);
    partial("Yes, please.");
    input(RecogniserAway{});
    silence(320ms);
    EXPECT_EQ(names(), "speech silence");
    final("Yes, please.");
    input(AgentStopped{});
    // It is back with its first word on a turn.
    speak(600ms);
    input(StartHeard{turn_.utterance()});
    partial("Thank you.");
    silence(1s);
    EXPECT_EQ(names(), "speech silence turn speech");
    ends("Thank you.");
    EXPECT_EQ(turns_, (Texts{"Yes, please.", "Thank you."}));
}

TEST_F(Judged, WhoReadsOutANumberIsWaitedForAllTheSame) {
    speak(600ms);
    partial("four one five");
    silence(160ms);
    ends("four one five");
    silence(1s);
    EXPECT_EQ(names(), "speech") << "it does not know that more comes";
    speak(600ms);
    partial("four one five five five five");
    silence(160ms);
    ends("four one five five five five");
    silence(2'300ms);
    EXPECT_TRUE(turns_.empty());
    silence(300ms);
    EXPECT_EQ(turns_, Texts{"four one five five five five"});
}

TEST_F(Judged, AnAnswerOfOneNumberIsWaitedForWhereItWasAskedFor) {
    input(AgentSaid{"What is your phone number?"});
    speak(300ms);
    partial("four");
    silence(160ms);
    ends("four");
    EXPECT_TRUE(turns_.empty());
    input(AgentStopped{});
    silence(3s);
    EXPECT_EQ(turns_, Texts{"four"});
}

TEST_F(Judged, NoiseBehindTheWordsDoesNotHoldTheTurn) {
    speak(600ms);
    partial("a table for two");
    speak(200ms);
    ends("a table for two");
    EXPECT_EQ(names(), "speech") << "they may be speaking on";
    speak(500ms);
    EXPECT_EQ(turns_, Texts{"a table for two"}) << "nothing was said since: it is noise";
    events_.clear();
    input(AgentStarted{});
    speak(2s);
    EXPECT_EQ(names(), "") << "and it does not stop the answer";
    partial("no wait");
    EXPECT_EQ(names(), "interrupt") << "but words do";
}

TEST_F(Judged, WordsBehindItsWordGoOnWithTheTurn) {
    speak(600ms);
    partial("a table for two");
    speak(200ms);
    ends("a table for two");
    speak(200ms);
    partial("a table for two and a chair");
    speak(400ms);
    EXPECT_TRUE(turns_.empty());
    silence(200ms);
    ends("a table for two and a chair");
    EXPECT_EQ(turns_, Texts{"a table for two and a chair"});
}

TEST_F(Judged, WordsThatAreNoVoiceToUsGoOnWithTheTurn) {
    speak(600ms);
    partial("four one five");
    silence(160ms);
    ends("four one five");
    silence(1s);
    partial("four one five and that is it");
    ends("four one five and that is it");
    EXPECT_EQ(turns_, Texts{"four one five and that is it"});
}

TEST_F(Judged, ASoundWithoutWordsIsSoonOver) {
    speak(200ms);
    silence(720ms);
    EXPECT_EQ(names(), "speech silence");
    final("");
    EXPECT_TRUE(turns_.empty());
}

TEST_F(Judged, ItsWordMayComeLate) {
    speak(600ms);
    partial("Yes.");
    silence(3'100ms);
    EXPECT_EQ(names(), "speech silence");
    ends("Yes.");
    EXPECT_EQ(turns_, Texts{"Yes."});
    ends("Yes.");
    EXPECT_EQ(turns_, Texts{"Yes."}) << "once";
}

TEST_F(Judged, AnEmptyEndTakesTheWordsThatWereKnown) {
    speak(600ms);
    partial("yes please");
    silence(200ms);
    ends("");
    EXPECT_EQ(turns_, Texts{"yes please"});
    input(AgentStopped{});
    speak(600ms);
    silence(200ms);
    ends("");
    EXPECT_EQ(names(), "speech silence turn speech silence") << "and no turn without any";
}

TEST_F(Judged, ItsStartHoldsTheAgentUntilWordsCome) {
    input(AgentStarted{});
    silence(1s);
    partial("");
    speak(460ms);
    EXPECT_EQ(names(), "speech duck hold") << "partials come, and none has";
    input(StartHeard{turn_.utterance()});
    EXPECT_EQ(names(), "speech duck hold");
    speak(100ms);
    partial("stop");
    EXPECT_EQ(names(), "speech duck hold interrupt");
}

TEST_F(TurnTest, TheRecogniserMaySayLaterThatItJudges) {
    speak(600ms);
    partial("Yes, please.");
    input(JudgeFound{});
    silence(1s);
    EXPECT_EQ(names(), "speech");
    input(EndHeard{1, "Yes, please."});
    EXPECT_EQ(turns_, Texts{"Yes, please."});
}

TEST_F(Judged, WithAnotherAgentItsRecogniserCounts) {
    turn_.use(TurnOptions{});
    speak(600ms);
    partial("Yes, please.");
    silence(320ms);
    EXPECT_EQ(names(), "speech silence");
}

TEST(JudgedFuzz, EveryWaitIsBoundedAndEveryEarlyEndIsSettled) {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        SeededEntropy entropy(seed);
        Turn turn(TurnOptions{.recogniser_judges = true});
        Instant now{1h};
        bool early = false;
        const auto take = [&](const TurnInput& input) {
            turn.handle(input, now);
            turn.handle(TurnTick{}, now);
            while (const auto output = turn.poll_output()) {
                if (std::holds_alternative<EarlyEnd>(*output)) {
                    EXPECT_FALSE(early) << "seed " << seed;
                    early = true;
                } else if (std::holds_alternative<EarlyEndVoid>(*output)) {
                    EXPECT_TRUE(early) << "seed " << seed;
                    early = false;
                } else if (const auto* ended = std::get_if<TurnEnded>(&*output)) {
                    EXPECT_EQ(ended->was_early, early) << "seed " << seed;
                    early = false;
                }
            }
        };
        for (int step = 0; step < 2'000; ++step) {
            now += 20ms;
            const std::string texts[] = {"", "yeah", "stop it", "my name is", "415", "Yes please."};
            const std::string& text = texts[entropy.u32() % 6];
            const std::uint32_t utterance = turn.utterance() - entropy.u32() % 2;
            const TurnInput inputs[] = {PartialHeard{utterance, text},
                                        FinalHeard{utterance, text},
                                        StartHeard{utterance},
                                        EarlyEndHeard{utterance, text},
                                        ResumeHeard{utterance},
                                        EndHeard{utterance, text},
                                        AgentStarted{},
                                        AgentStopped{},
                                        RecogniserAway{},
                                        DigitPressed{'4'},
                                        TextTyped{"hello"}};
            take(TurnFrame{(step / 20 + static_cast<int>(seed)) % 3 == 0 ? 0.9 : 0.1, now});
            if (entropy.u32() % 8 == 0) {
                take(inputs[entropy.u32() % std::size(inputs)]);
            }
            if (const Deadline deadline = turn.next_deadline()) {
                EXPECT_GT(*deadline, now) << "a deadline that is past was handled";
            }
        }
        for (int step = 0; step < 600; ++step) {
            now += 20ms;
            take(TurnFrame{0.1, now});
            if (step % 100 == 0) {
                take(AgentStopped{});
            }
        }
        EXPECT_FALSE(turn.is_caller_pending()) << "seed " << seed;
        EXPECT_FALSE(early) << "seed " << seed;
    }
}

}  // namespace
}  // namespace studio::core
