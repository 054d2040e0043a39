#include "support/fakes/session_fixture.hpp"

namespace studio::services {
namespace {

using namespace std::chrono_literals;
using HandoffTest = SessionFixture;

TEST_F(HandoffTest, TheNextAgentGoesOnWithItsOwnVoicePromptAndTools) {
    start({"now to_kitchen", "one soup"});
    loop_.run_for(20s);
    EXPECT_EQ(said(),
              (Lines{"host assistant: Welcome.", "host user: now to_kitchen",
                     "host assistant: One moment please.", "kitchen assistant: Kitchen here.",
                     "kitchen user: one soup", "kitchen assistant: I am the kitche speaking."}));
    EXPECT_EQ(voices_[0]->texts(), (Lines{"Welcome.", "One moment please."}));
    EXPECT_EQ(voices_[1]->texts(), (Lines{"Kitchen here.", "I am the kitche speaking."}));
    EXPECT_EQ(opened_, (Lines{"host", "kitchen"}));
    // What all agents share is seen, what is the host's own is not.
    const ModelRequest& asked = mind_.requests().back();
    EXPECT_EQ(asked.messages.front().content, "I am the kitchen, soup, .");
    EXPECT_TRUE(asked.tools.empty());
    EXPECT_TRUE(std::any_of(asked.messages.begin(), asked.messages.end(), [](const auto& message) {
        return message.role == ModelRole::user && message.content == "now to_kitchen";
    })) << "nobody is asked again for what they said before";
    EXPECT_EQ(last_tool_result().at("handed_over_to"), "kitchen");
    EXPECT_EQ(record_.agent_history, (Lines{"host", "kitchen"}));
    EXPECT_EQ(record_.agent_name, "host") << "with whom the call began";
    EXPECT_EQ(record_.metrics.agent_handoffs, 1U);
    EXPECT_TRUE(std::any_of(caller_->messages.begin(), caller_->messages.end(), [](const auto& m) {
        return m.find(R"("type":"agent_changed")") != std::string::npos &&
               m.find(R"("agent":"kitchen","previous_agent":"host")") != std::string::npos;
    }));
}

TEST_F(HandoffTest, ItsRecogniserIsOpenedWhileTheOtherStillSpeaks) {
    start({"now to_kitchen"});
    while (opened_.size() < 2 && loop_.now() < Instant(1'020s)) {
        loop_.run_next();
    }
    EXPECT_EQ(opened_.back(), "kitchen");
    EXPECT_EQ(said().back(), "host user: now to_kitchen");
    EXPECT_EQ(session_->save().next_agent, "kitchen");
}

TEST_F(HandoffTest, AnAgentWithoutAGreetingIsAskedToGoOn) {
    plan_.agents[1].config.prompt.greeting.clear();
    start({"now to_kitchen"});
    loop_.run_for(20s);
    EXPECT_EQ(said().back(), "kitchen assistant: I am the kitche speaking.");
    const ModelMessage& note = mind_.requests().back().messages.back();
    EXPECT_EQ(note.role, ModelRole::system);
    EXPECT_NE(note.content.find("handed over to you by 'host'"), std::string::npos);
}

TEST_F(HandoffTest, TheModelIsToldThatThereIsNoSuchAgentAndWhichThereAre) {
    start({"now to_cellar", "well then"});
    loop_.run_for(20s);
    EXPECT_EQ(last_tool_result().at("error"),
              "there is no agent 'cellar' to hand over to; known are: kitchen");
    EXPECT_EQ(last_tool_result().at("ok"), false);
    EXPECT_EQ(said(), (Lines{"host assistant: Welcome.", "host user: now to_cellar",
                             "host assistant: I cannot do that.", "host user: well then",
                             "host assistant: I am the host, speaking."}));
    EXPECT_EQ(record_.agent_history, Lines{"host"});
}

TEST_F(HandoffTest, FlagsHandOverWhereTheConfigurationSaysSo) {
    plan_.agents[0].config.handoffs = {{"kitchen", {"ordered", "paid"}}};
    start({"please order"});
    loop_.run_for(12s);
    EXPECT_EQ(record_.agent_history, Lines{"host"}) << "one flag of two";
    plan_.agents[0].config.handoffs = {{"kitchen", {"ordered"}}};
    transcript_.clear();
    start({"please order"});
    loop_.run_for(12s);
    EXPECT_EQ(record_.agent_history, (Lines{"host", "kitchen"}));
    EXPECT_EQ(said().back(), "kitchen assistant: Kitchen here.");
}

TEST_F(HandoffTest, AgentsThatHandOverInACircleAreTold) {
    add_agent("bar", "");
    plan_.agents[1].config.prompt.greeting.clear();
    for (core::AgentPlan& agent : plan_.agents) {
        const std::string other = agent.name == "kitchen" ? "bar" : "kitchen";
        agent.config.handoffs = {{other, {"ordered"}}};
        agent.tools = {tool("order", R"([{"type":"flag.set","flag":"ordered"}])")};
    }
    FakeLanguageModel eager(loop_, faults_, [](const ModelRequest& request) {
        const ModelMessage& last = request.messages.back();
        if (last.role == ModelRole::tool) {
            return FakeLanguageModel::Reply{"I stay here.", {}};
        }
        return FakeLanguageModel::Reply{
            "", {{"call-" + std::to_string(request.messages.size()), "order", "{}"}}};
    });
    CallPlan plan = plan_;
    caller_ = std::make_unique<Caller>(speech_, Lines{"hello there"});
    testing_support::FakeTextToSpeech voice(loop_, faults_);
    session_ = std::make_unique<CallSession>(
        loop_, std::move(plan),
        CallProviders{http_, {{stt_, eager, voice}, {stt_, eager, voice}, {stt_, eager, voice}}},
        std::make_unique<testing_support::FakeCallMedia>(loop_, *caller_,
                                                         testing_support::FakeCallMedia::Options{}),
        *this, CallSessionOptions{});
    session_->start();
    loop_.run_for(30s);
    EXPECT_EQ(record_.agent_history, (Lines{"host", "kitchen", "bar", "kitchen"}));
    EXPECT_EQ(said().back(), "kitchen assistant: I stay here.");
    session_.reset();
}

TEST_F(HandoffTest, WhoeverIsInterruptedHandsOverAllTheSame) {
    start({"now to_kitchen", "and one soup please"});
    while (opened_.size() < 2 && loop_.now() < Instant(1'020s)) {
        loop_.run_next();
    }
    caller_->interrupts = true;
    loop_.run_for(20s);
    EXPECT_EQ(said().back(), "kitchen assistant: I am the kitche speaking.");
    EXPECT_EQ(record_.agent_history, (Lines{"host", "kitchen"}));
    // The caller has the word: nobody greets over it.
    EXPECT_TRUE(std::none_of(transcript_.begin(), transcript_.end(),
                             [](const auto& entry) { return entry.content == "Kitchen here."; }));
}

/// What a worker that is killed leaves behind.
SessionSnapshot reread(const SessionSnapshot& snapshot) {
    auto parsed = parse_snapshot(serialize_snapshot(snapshot));
    EXPECT_TRUE(parsed.has_value()) << (parsed ? "" : parsed.error());
    return parsed ? *parsed : SessionSnapshot{};
}

TEST_F(HandoffTest, AWorkerThatIsKilledInTheHandOffLosesNothing) {
    start({"now to_kitchen"});
    while (opened_.size() < 2 && loop_.now() < Instant(1'020s)) {
        loop_.run_next();
    }
    loop_.run_for(300ms);
    const SessionSnapshot snapshot = reread(session_->save());
    EXPECT_EQ(snapshot.agent_name, "host");
    EXPECT_EQ(snapshot.next_agent, "kitchen");
    session_.reset();
    plan_.record = record_;
    start({"one soup"}, snapshot);
    loop_.run_for(20s);
    EXPECT_EQ(said(), (Lines{"host assistant: Welcome.", "host user: now to_kitchen",
                             "host assistant: Sorry. One moment please.",
                             "kitchen assistant: Kitchen here.", "kitchen user: one soup",
                             "kitchen assistant: I am the kitche speaking."}));
    EXPECT_EQ(record_.agent_history, (Lines{"host", "kitchen"}));
    EXPECT_EQ(record_.metrics.agent_handoffs, 1U);
}

TEST_F(HandoffTest, AWorkerThatIsKilledAfterTheHandOffLeavesItsAgentInTheSeat) {
    start({"now to_kitchen", "one soup"});
    loop_.run_for(20s);
    const SessionSnapshot snapshot = reread(session_->save());
    EXPECT_EQ(snapshot.agent_name, "kitchen");
    session_.reset();
    transcript_.clear();
    opened_.clear();
    plan_.record = record_;
    start({"and one bread"}, snapshot);
    loop_.run_for(20s);
    EXPECT_EQ(said(), (Lines{"kitchen assistant: Sorry.", "kitchen user: and one bread",
                             "kitchen assistant: I am the kitche speaking."}));
    EXPECT_EQ(opened_, Lines{"kitchen"});
    EXPECT_EQ(mind_.requests().back().messages.front().content, "I am the kitchen, soup, .");
    EXPECT_EQ(record_.agent_history, (Lines{"host", "kitchen"}));
    EXPECT_EQ(record_.metrics.agent_handoffs, 1U);
}

TEST_F(HandoffTest, AHandOffThatWasToldButNotKeptIsDoneAgainAndToldOnce) {
    start({"now to_kitchen"});
    while (opened_.size() < 2 && loop_.now() < Instant(1'020s)) {
        loop_.run_next();
    }
    const SessionSnapshot snapshot = reread(session_->save());
    loop_.run_for(10s);
    ASSERT_EQ(record_.agent_history, (Lines{"host", "kitchen"}));
    session_.reset();
    plan_.record = record_;
    start({}, snapshot);
    loop_.run_for(20s);
    EXPECT_EQ(record_.agent_history, (Lines{"host", "kitchen"}));
    EXPECT_EQ(record_.metrics.agent_handoffs, 1U);
    EXPECT_EQ(said().back(), "kitchen assistant: Kitchen here.");
}

TEST_F(HandoffTest, WithoutASnapshotTheTranscriptTellsWhoWentOn) {
    core::CallRecord record = plan_.record;
    record.agent_history = {"host", "kitchen"};
    core::TranscriptEntry entry;
    entry.role = core::TranscriptRole::assistant;
    entry.content = "Welcome.";
    entry.agent = "host";
    const SessionSnapshot snapshot = make_snapshot(record, {entry}, 1h, loop_.wall_now());
    EXPECT_EQ(snapshot.agent_name, "kitchen");
    SessionSnapshot older;
    older.agent_name = "host";
    older.next_agent = "kitchen";
    entry.agent = "kitchen";
    add_entries(older, {entry});
    EXPECT_EQ(older.agent_name, "kitchen");
    EXPECT_EQ(older.next_agent, "");
}

}  // namespace
}  // namespace studio::services
