#include "adapters/smart_turn/smart_turn_judge.hpp"

#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

#include "runtime/virtual_loop.hpp"

namespace studio::adapters {
namespace {

using std::chrono_literals::operator""ms;

/// Without threads: a question is computed inside ask(), and its answer is posted.
class SmartTurnJudgeTest : public testing::Test {
protected:
    ~SmartTurnJudgeTest() override { pool_.stop(); }

    runtime::VirtualLoop loop_;
    runtime::BlockingPool pool_{{.name = "test", .threads = 0}};
    std::vector<std::size_t> asked_;
    Result<float, std::string> answer_ = 0.75F;
    SmartTurnJudge judge_{loop_, pool_, nullptr, {}, [this](std::span<const std::int16_t> sound) {
                              asked_.push_back(sound.size());
                              return answer_;
                          }};
};

TEST_F(SmartTurnJudgeTest, AnAnswerComesOnceAndToItsQuestion) {
    const auto witness = judge_.open();
    const auto other = judge_.open();
    EXPECT_FALSE(witness->take_opinion());
    ASSERT_TRUE(witness->ask(7, std::vector<std::int16_t>(1'000)));
    EXPECT_FALSE(witness->take_opinion()) << "never from inside a call";
    loop_.run_for(1ms);
    EXPECT_FALSE(other->take_opinion());
    const auto opinion = witness->take_opinion();
    ASSERT_TRUE(opinion);
    EXPECT_EQ(opinion->question, 7U);
    EXPECT_EQ(opinion->is_over, 0.75F);
    EXPECT_FALSE(witness->take_opinion());
    EXPECT_EQ(asked_, std::vector<std::size_t>{1'000});
}

TEST_F(SmartTurnJudgeTest, OneQuestionOfACallAtATime) {
    const auto witness = judge_.open();
    ASSERT_TRUE(witness->ask(1, {}));
    EXPECT_FALSE(witness->ask(2, {}));
    loop_.run_for(1ms);
    EXPECT_TRUE(witness->ask(3, {}));
}

TEST_F(SmartTurnJudgeTest, AFailureIsAnAnswerWithoutAnOpinion) {
    answer_ = fail(std::string("the model is broken"));
    const auto witness = judge_.open();
    ASSERT_TRUE(witness->ask(1, {}));
    loop_.run_for(1ms);
    const auto opinion = witness->take_opinion();
    ASSERT_TRUE(opinion);
    EXPECT_FALSE(opinion->is_over);
}

TEST_F(SmartTurnJudgeTest, ACallThatEndsIsForgotten) {
    auto witness = judge_.open();
    ASSERT_TRUE(witness->ask(1, {}));
    witness.reset();
    loop_.run_for(1'000ms);
    EXPECT_EQ(loop_.pending(), 0U);
}

TEST_F(SmartTurnJudgeTest, AStoppedPoolRefuses) {
    runtime::BlockingPool stopped{{.name = "stopped", .threads = 1}};
    stopped.stop();
    SmartTurnJudge judge(loop_, stopped, nullptr, {},
                         [](auto) -> Result<float, std::string> { return 1.0F; });
    const auto witness = judge.open();
    EXPECT_FALSE(witness->ask(1, {}));
    EXPECT_FALSE(witness->ask(2, {})) << "and nothing is left open";
}

/// One thread, which the test holds: what waits behind it for too long is not computed.
TEST_F(SmartTurnJudgeTest, WhatNoThreadTookUpInTimeIsNotComputed) {
    runtime::BlockingPool busy{{.name = "busy", .threads = 1}};
    std::promise<void> release;
    ASSERT_TRUE(busy.try_submit([&release] { release.get_future().wait(); }));
    SmartTurnJudge judge(loop_, busy, nullptr, {.start_within = 500ms},
                         [this](auto) -> Result<float, std::string> {
                             asked_.push_back(0);
                             return 1.0F;
                         });
    const auto witness = judge.open();
    ASSERT_TRUE(witness->ask(1, {}));
    loop_.run_for(501ms);
    release.set_value();
    busy.stop();
    loop_.run_for(1ms);
    const auto opinion = witness->take_opinion();
    ASSERT_TRUE(opinion);
    EXPECT_FALSE(opinion->is_over);
    EXPECT_TRUE(asked_.empty());
}

}  // namespace
}  // namespace studio::adapters
