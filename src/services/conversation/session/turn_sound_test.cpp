// What the model hears that is asked about a pause, and what its answer does in a call.

#include <gtest/gtest.h>

#include <vector>

#include "base/metric.hpp"
#include "services/conversation/session/internal/turn_sound.hpp"
#include "support/fakes/fake_turn_judge.hpp"
#include "support/fakes/session_fixture.hpp"

namespace studio::services {
namespace {

using namespace std::chrono_literals;

/// Keeps what it is asked about.
class Keeper final : public TurnJudge {
public:
    struct Witness final : TurnWitness {
        explicit Witness(Keeper& its_keeper) : keeper(its_keeper) {}
        bool ask(std::uint32_t, std::vector<std::int16_t> sound) override {
            keeper.sound = std::move(sound);
            return true;
        }
        std::optional<TurnOpinion> take_opinion() override { return std::nullopt; }
        Keeper& keeper;
    };
    std::unique_ptr<TurnWitness> open() override { return std::make_unique<Witness>(*this); }

    std::vector<std::int16_t> sound;
};

audio::Frame numbered(int number) {
    audio::Frame frame;
    frame.samples.fill(static_cast<std::int16_t>(number));
    return frame;
}

TEST(TurnSound, IsTheTurnWithHalfASecondBefore) {
    Keeper keeper;
    TurnSound sound(&keeper);
    for (int number = 1; number <= 100; ++number) {
        sound.hear(numbered(number), false);
    }
    for (int number = 101; number <= 150; ++number) {
        sound.hear(numbered(number), true);
    }
    ASSERT_TRUE(sound.ask(1));
    ASSERT_EQ(keeper.sound.size(), 75 * audio::frame_samples);
    EXPECT_EQ(keeper.sound.front(), 76);
    EXPECT_EQ(keeper.sound.back(), 150);
}

TEST(TurnSound, OfALongTurnItIsTheLastEightSecondsInTheirOrder) {
    Keeper keeper;
    TurnSound sound(&keeper);
    for (int number = 1; number <= 1'111; ++number) {
        sound.hear(numbered(number), true);
    }
    ASSERT_TRUE(sound.ask(1));
    ASSERT_EQ(keeper.sound.size(), 400 * audio::frame_samples);
    for (int index = 0; index < 400; ++index) {
        ASSERT_EQ(keeper.sound[static_cast<std::size_t>(index) * audio::frame_samples],
                  1'111 - 399 + index);
    }
}

TEST(TurnSound, BetweenTurnsNothingIsKept) {
    Keeper keeper;
    TurnSound sound(&keeper);
    sound.hear(numbered(1), true);
    EXPECT_EQ(sound.frames(), 1U);
    sound.hear(numbered(2), false);
    EXPECT_EQ(sound.frames(), 0U);
    sound.hear(numbered(3), true);
    ASSERT_TRUE(sound.ask(1));
    EXPECT_EQ(keeper.sound.front(), 2) << "the turn before is no part of it";
}

TEST(TurnSound, WithoutAModelItIsNothing) {
    TurnSound sound(nullptr);
    sound.hear(numbered(1), true);
    EXPECT_EQ(sound.frames(), 0U);
    EXPECT_FALSE(sound.ask(1));
    EXPECT_FALSE(sound.take_opinion());
}

class TurnModelInACall : public SessionFixture {
protected:
    ~TurnModelInACall() override { session_.reset(); }

    /// When the caller's turn was decided to be over, after their last word.
    [[nodiscard]] milliseconds hold(testing_support::FakeTurnJudge& judge) {
        options_.turn_judge = &judge;
        plan_.agents[0].config.session.turn_model = asks_;
        start({"hello there"});
        loop_.run_for(12s);
        EXPECT_EQ(said(), (Lines{"host assistant: Welcome.", "host user: hello there",
                                 "host assistant: I am the host, speaking."}));
        const auto& latency = transcript_.back().latency;
        EXPECT_TRUE(latency && latency->endpoint_decided);
        session_.reset();
        return duration_cast<milliseconds>(latency->endpoint_decided.value_or(0us));
    }
    bool asks_ = true;
    static std::uint64_t counted(const char* outcome) {
        return metrics()
            .counter("studio_turn_questions_total", "", "outcome=\"" + std::string(outcome) + '"')
            .value();
    }
};

TEST_F(TurnModelInACall, AYesEndsTheTurnAsSoonAsSilenceDoes) {
    const auto yes = counted("yes");
    testing_support::FakeTurnJudge judge(loop_, entropy_,
                                         {.latency_max = 60ms, .yes_percent = 100});
    EXPECT_LT(hold(judge), 600ms);
    EXPECT_EQ(judge.asked(), 1);
    EXPECT_GT(judge.samples(), 8'000U) << "half a second before, and two words";
    EXPECT_EQ(counted("yes") - yes, 1U);
}

TEST_F(TurnModelInACall, ANoIsWaitedFor) {
    const auto no = counted("no");
    testing_support::FakeTurnJudge judge(
        loop_, entropy_, {.latency_max = 60ms, .yes_percent = 0, .none_percent = 0});
    const milliseconds endpoint = hold(judge);
    EXPECT_GT(endpoint, 800ms);
    EXPECT_LT(endpoint, 1'100ms);
    EXPECT_EQ(counted("no") - no, 1U);
}

TEST_F(TurnModelInACall, AQuestionWithoutAnAnswerCountsAsLate) {
    const auto late = counted("late");
    testing_support::FakeTurnJudge judge(
        loop_, entropy_, {.latency_max = 1ms, .yes_percent = 0, .none_percent = 100});
    EXPECT_LT(hold(judge), 600ms);
    EXPECT_EQ(counted("late") - late, 1U);
}

TEST_F(TurnModelInACall, AnAgentMayDoWithoutIt) {
    asks_ = false;
    testing_support::FakeTurnJudge judge(loop_, entropy_, {.yes_percent = 0, .none_percent = 0});
    EXPECT_LT(hold(judge), 600ms);
    EXPECT_EQ(judge.asked(), 0);
}

}  // namespace
}  // namespace studio::services
