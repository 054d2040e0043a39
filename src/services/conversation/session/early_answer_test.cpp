#include "support/fakes/session_fixture.hpp"

namespace studio::services {
namespace {

using namespace std::chrono_literals;

/// With a recogniser that judges turns.
class EarlyAnswerTest : public SessionFixture {
protected:
    void end_call() {
        session_->close(core::EndReason::shutdown);
        loop_.run_for(20s);
        session_.reset();
    }
    [[nodiscard]] std::ptrdiff_t tool_runs() const {
        return std::ranges::count_if(transcript_, [](const core::TranscriptEntry& entry) {
            return entry.role == core::TranscriptRole::tool;
        });
    }
};

TEST_F(EarlyAnswerTest, IsBegunBeforeTheTurnIsOverAndSaidAfterIt) {
    stt_.be({.judges = true});
    start({"hello there"});
    loop_.run_for(12s);
    EXPECT_EQ(said(), (Lines{"host assistant: Welcome.", "host user: hello there",
                             "host assistant: I am the host, speaking."}));
    const auto& latency = transcript_.back().latency;
    ASSERT_TRUE(latency && latency->first_token && latency->endpoint_decided);
    EXPECT_LT(*latency->first_token, *latency->endpoint_decided);
    EXPECT_GE(*latency->first_sentence, *latency->endpoint_decided) << "nothing is said before";
    EXPECT_EQ(mind_.requests().size(), 1U);
    end_call();
    EXPECT_EQ(record_.metrics.early_answers_kept, 1U);
    EXPECT_EQ(record_.metrics.early_answers_dropped, 0U);
    ASSERT_TRUE(record_.metrics.llm_latency_ms);
    EXPECT_GE(*record_.metrics.llm_latency_ms, 5.0) << "as long as the model took";
}

TEST_F(EarlyAnswerTest, WhoGoesOnIsAnsweredOnceAndNoToolRunsForLess) {
    stt_.be({.judges = true, .hasty_share = 1.0});
    start({"order and order"});
    loop_.run_for(12s);
    EXPECT_EQ(said(), (Lines{"host assistant: Welcome.", "host user: order and order",
                             "host assistant: It is done."}));
    EXPECT_EQ(tool_runs(), 1);
    end_call();
    EXPECT_EQ(record_.metrics.early_answers_kept, 1U);
    EXPECT_EQ(record_.metrics.early_answers_dropped, 1U);
}

TEST_F(EarlyAnswerTest, IsNotAskedForWhereTheAgentDoesNotWantIt) {
    plan_.agents[0].config.session.early_answers = core::EarlyAnswers::off;
    stt_.be({.judges = true, .hasty_share = 1.0});
    start({"tell me all of it"});
    loop_.run_for(12s);
    EXPECT_EQ(mind_.requests().size(), 1U);
    end_call();
    EXPECT_EQ(record_.metrics.early_answers_kept + record_.metrics.early_answers_dropped, 0U);
}

TEST_F(EarlyAnswerTest, TheRecognisersWordIsFasterThanTheSilence) {
    plan_.agents[0].config.session.min_endpointing_delay = 1s;
    plan_.agents[0].config.session.max_endpointing_delay = 1s;
    stt_.be({.judges = true});
    start({"hello there"});
    loop_.run_for(12s);
    const auto& latency = transcript_.back().latency;
    ASSERT_TRUE(latency && latency->endpoint_decided);
    EXPECT_LT(*latency->endpoint_decided, 800ms);
    session_.reset();
}

TEST_F(EarlyAnswerTest, WhatMustBeHeardIsHeardToItsEnd) {
    plan_.agents[0].tools.push_back(tool("recite", R"([{"type":"respond","interruptible":false,
        "message":"This call is recorded, and you may object to that at any time."}])"));
    start({"please recite", "stop that now"});
    loop_.run_for(3s);
    caller_->interrupts = true;
    loop_.run_for(15s);
    const Lines lines = said();
    ASSERT_GE(lines.size(), 4U);
    EXPECT_EQ(lines[1], "host user: please recite");
    EXPECT_EQ(lines[2],
              "host assistant: This call is recorded, and you may object to that at any time.");
    EXPECT_EQ(lines[3], "host user: stop that now") << "and they are answered behind it";
    session_.reset();
}

}  // namespace
}  // namespace studio::services
