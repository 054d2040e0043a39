#include "support/fakes/session_fixture.hpp"

namespace studio::services {
namespace {

using namespace std::chrono_literals;
using CallSessionTest = SessionFixture;

TEST_F(CallSessionTest, AToolThatTheModelInventedIsAnsweredWithThoseThatThereAre) {
    FakeLanguageModel inventive(loop_, faults_, [](const ModelRequest& request) {
        return request.messages.back().role == ModelRole::tool
                   ? FakeLanguageModel::Reply{"I cannot do that.", {}}
                   : FakeLanguageModel::Reply{"", {{"call-1", "to_attic", "{}"}}};
    });
    start_with(inventive, "hello there");
    loop_.run_for(12s);
    EXPECT_EQ(last_tool_result().at("error"),
              "there is no tool 'to_attic'; known are: to_kitchen, to_cellar, order");
    EXPECT_EQ(said().back(), "host assistant: I cannot do that.");
    session_.reset();
}

TEST_F(CallSessionTest, ASlowModelIsBridgedAndItsAnswerIsWhatIsMeasured) {
    FakeLanguageModel slow(loop_, {.entropy = &entropy_, .latency_min = 6s, .latency_max = 6s},
                           answer);
    start_with(slow, "hello there");
    loop_.run_for(20s);
    ASSERT_EQ(said().back(), "host assistant: One moment, please. I am the host, speaking.");
    const auto& latency = transcript_.back().latency;
    ASSERT_TRUE(latency && latency->first_token && latency->first_packet);
    EXPECT_GE(*latency->first_token, 6s);
    EXPECT_GE(*latency->first_packet, *latency->first_token) << "the filler is no answer";
    session_.reset();
}

TEST_F(CallSessionTest, WhatIsWrittenStopsTheAgentAlsoRightAtTheStart) {
    start({});
    loop_.run_for(60ms);
    media_->write(R"({"type":"text","text":"tell me"})");
    loop_.run_for(700ms);
    ASSERT_TRUE(caller_->is_loud());
    for (const std::string& message : caller_->messages) {
        EXPECT_EQ(message.find("Welcome."), std::string::npos)
            << "the answer is heard, and not the greeting that it replaced";
    }
    media_->write(R"({"type":"text","text":"stop"})");
    loop_.run_for(20ms);
    // It fades out in 60 ms, after which the next answer is there already.
    EXPECT_TRUE(std::ranges::any_of(caller_->messages, [](const std::string& message) {
        return message.find(R"("type":"interrupted")") != std::string::npos;
    })) << "at once";
    loop_.run_for(10s);
    ASSERT_FALSE(transcript_.empty());
    EXPECT_EQ(said().back(), "host assistant: I am the host, speaking.");
    EXPECT_TRUE(transcript_[2].interrupted) << testing::PrintToString(said());
}

TEST_F(CallSessionTest, NothingIsSaidBeforeSomebodyReceivesIt) {
    media_options_.is_subscribed = false;
    start({});
    loop_.run_for(3s);
    EXPECT_GT(media_->stats().packets_sent, 100U) << "silence, without which there is no track";
    EXPECT_TRUE(std::ranges::none_of(caller_->messages, [](const std::string& message) {
        return message.find("Welcome.") != std::string::npos;
    }));
    media_->set_subscribed(true);
    loop_.run_for(100ms);
    EXPECT_TRUE(caller_->is_loud());
    loop_.run_for(5s);
    EXPECT_EQ(said(), (Lines{"host assistant: Welcome."}));
}

TEST_F(CallSessionTest, ASubscriptionThatNeverComesIsNotWaitedForForEver) {
    media_options_.is_subscribed = false;
    start({});
    loop_.run_for(4s);
    EXPECT_TRUE(said().empty());
    loop_.run_for(5s);
    EXPECT_EQ(said(), (Lines{"host assistant: Welcome."}));
}

}  // namespace
}  // namespace studio::services
