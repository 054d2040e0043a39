#include "core/workflow/handoff_tools.hpp"
#include "core/workflow/workflow_config.hpp"
#include "support/fakes/session_fixture.hpp"

namespace studio::services {
namespace {

using namespace std::chrono_literals;

/// The host and the kitchen of the fixture, and what lies between them.
class WorkflowTest : public SessionFixture {
protected:
    /// `connections` and more members of the configuration, as JSON.
    void connect(const std::string& members, const char* bar = "") {
        std::string nodes = R"({"id":"n1","agent_name":"host","is_entry":true},)"
                            R"({"id":"n2","agent_name":"kitchen","is_exit":true})";
        if (*bar != '\0') {
            add_agent("bar", "Bar here.");
            nodes += std::string(R"(,{"id":"n3","agent_name":"bar")") + bar + '}';
        }
        auto workflow =
            core::parse_workflow(*parse_json("{\"nodes\":[" + nodes + "]," + members + "}"));
        ASSERT_TRUE(workflow) << workflow.error().front().message;
        plan_.workflow = std::move(*workflow);
        plan_.agents[0].tools.push_back(
            tool("finish", R"([{"type":"end_call","reason":"eaten"}])"));
        plan_.agents[1].tools.push_back(
            tool("finish", R"([{"type":"end_call","reason":"eaten"}])"));
        for (core::AgentPlan& agent : plan_.agents) {
            core::add_handoff_tools(*plan_.workflow, agent);
        }
    }
    void add_host_tool(const char* name, const char* actions) {
        plan_.agents[0].tools.push_back(tool(name, actions));
    }
    /// What the model of that agent read last.
    [[nodiscard]] std::vector<ModelMessage> last_read(const std::string& agent) const {
        for (auto request = mind_.requests().rbegin(); request != mind_.requests().rend();
             ++request) {
            if (request->messages.front().content.starts_with("I am the " + agent)) {
                return request->messages;
            }
        }
        return {};
    }
    [[nodiscard]] static bool has(const std::vector<ModelMessage>& messages, const char* words) {
        return std::any_of(messages.begin(), messages.end(), [words](const ModelMessage& message) {
            return message.content.find(words) != std::string::npos;
        });
    }
};

TEST_F(WorkflowTest, AnEdgeIsAToolThatHandsOver) {
    add_host_tool("note", R"([{"type":"context.set","path":"agents.secret","value":"soup"},
                              {"type":"context.set","path":"agents.hidden","value":"x"}])");
    connect(R"("connections":[{"source_id":"n1","target_id":"n2","description":"They are hungry.",
        "context_passed":["secret"],"transition_speech":"Over to the kitchen, {{user.name}}."}])");
    start({"please note", "now hand_over_to_kitchen", "one soup"});
    loop_.run_for(30s);
    EXPECT_EQ(said(), (Lines{"host assistant: Welcome.", "host user: please note",
                             "host assistant: It is done.", "host user: now hand_over_to_kitchen",
                             "host assistant: Over to the kitchen, Ada.",
                             "kitchen assistant: Kitchen here.", "kitchen user: one soup",
                             "kitchen assistant: I am the kitche speaking."}));
    EXPECT_EQ(last_tool_result().at("handed_over_to"), "kitchen");
    EXPECT_EQ(record_.agent_history, (Lines{"host", "kitchen"}));
    EXPECT_EQ(last_read("kitchen").front().content, "I am the kitchen, , soup.")
        << "what the edge passes on of the host's own";
    EXPECT_TRUE(has(last_read("kitchen"), "please note"));
}

TEST_F(WorkflowTest, TheNextAgentIsHeardWithin300Milliseconds) {
    connect(R"("connections":[{"source_id":"n1","target_id":"n2",
        "transition_speech":"Over to the kitchen."}])");
    start({"now hand_over_to_kitchen"});
    bool was_loud = false;
    Instant quiet_since = loop_.now();
    std::vector<nanoseconds> silences;
    for (int tick = 0; tick < 600; ++tick) {
        loop_.run_for(20ms);
        if (caller_->is_loud() && !was_loud) {
            silences.push_back(loop_.now() - quiet_since);
        } else if (!caller_->is_loud() && was_loud) {
            quiet_since = loop_.now();
        }
        was_loud = caller_->is_loud();
    }
    ASSERT_EQ(said().back(), "kitchen assistant: Kitchen here.");
    // The greeting and the transition; the next agent where it does not follow without a pause.
    ASSERT_GE(silences.size(), 2U);
    if (silences.size() > 2) {
        EXPECT_LE(silences[2], 300ms);
    }
}

TEST_F(WorkflowTest, AConditionHandsOverWithoutTheModel) {
    connect(R"("connections":[{"source_id":"n1","target_id":"n2","condition":"flags.ordered",
        "transition_speech":"It is ordered."}])");
    start({"please order"});
    loop_.run_for(12s);
    EXPECT_EQ(said(),
              (Lines{"host assistant: Welcome.", "host user: please order",
                     "host assistant: It is ordered.", "kitchen assistant: Kitchen here."}));
    EXPECT_EQ(record_.agent_history, (Lines{"host", "kitchen"}));
}

TEST_F(WorkflowTest, ToolsOfOneAnswerAnnounceItOnce) {
    connect(R"("connections":[{"source_id":"n1","target_id":"n2","condition":"flags.ordered",
        "transition_speech":"It is ordered."}])");
    FakeLanguageModel model(loop_, faults_, [](const ModelRequest& request) {
        return request.messages.back().role == ModelRole::user
                   ? FakeLanguageModel::Reply{"", {{"1", "order", "{}"}, {"2", "order", "{}"}}}
                   : FakeLanguageModel::Reply{"Hm.", {}};
    });
    start_with(model, "two soups");
    loop_.run_for(15s);
    EXPECT_EQ(said(),
              (Lines{"host assistant: Welcome.", "host user: two soups",
                     "host assistant: It is ordered.", "kitchen assistant: Kitchen here."}));
    session_.reset();
}

TEST_F(WorkflowTest, ANodeIsPassedOver) {
    add_host_tool("to_bar", R"([{"type":"handoff","target_agent":"bar"}])");
    connect(R"("connections":[{"source_id":"n1","target_id":"n3"},
                              {"source_id":"n3","target_id":"n2"}])",
            R"(,"skip_condition":"flags.ordered")");
    start({"please order", "now to_bar"});
    loop_.run_for(20s);
    EXPECT_EQ(last_tool_result().at("handed_over_to"), "kitchen");
    EXPECT_EQ(record_.agent_history, (Lines{"host", "kitchen"}));
    EXPECT_EQ(said().back(), "kitchen assistant: Kitchen here.");
    EXPECT_EQ(opened_, (Lines{"host", "kitchen"})) << "nobody warms who is passed over";
}

TEST_F(WorkflowTest, APartThatIsOverLeadsOnAndAnExitsEndIsTheCallsEnd) {
    connect(R"("connections":[{"source_id":"n1","target_id":"n2"}])");
    start({"now finish", "now finish"});
    loop_.run_for(30s);
    EXPECT_EQ(record_.agent_history, (Lines{"host", "kitchen"}));
    EXPECT_EQ(record_.status, core::CallStatus::completed);
    EXPECT_EQ(record_.status_reason, "eaten");
    EXPECT_EQ(said(), (Lines{"host assistant: Welcome.", "host user: now finish",
                             "kitchen assistant: Kitchen here.", "kitchen user: now finish"}));
}

TEST_F(WorkflowTest, AnExitThatIsPassedOverEndsTheCall) {
    connect(R"("connections":[{"source_id":"n1","target_id":"n2"}])");
    plan_.workflow->nodes[1].skip_condition = *core::Condition::parse("flags.ordered");
    start({"please order", "now hand_over_to_kitchen"});
    loop_.run_for(30s);
    EXPECT_EQ(record_.agent_history, Lines{"host"});
    EXPECT_EQ(record_.status, core::CallStatus::completed);
    EXPECT_EQ(record_.status_reason, "tool_ended");
}

TEST_F(WorkflowTest, ATransferredTelephoneIsNobodysPart) {
    add_host_tool("pass", R"([{"type":"end_call","reason":"transferred"}])");
    connect(R"("connections":[{"source_id":"n1","target_id":"n2"}])");
    start({"now pass"});
    loop_.run_for(20s);
    EXPECT_EQ(record_.status_reason, "transferred");
    EXPECT_EQ(record_.agent_history, Lines{"host"});
}

TEST_F(WorkflowTest, TheEdgeSaysHowMuchOfTheConversationIsRead) {
    connect(
        R"("connections":[{"source_id":"n1","target_id":"n2","history":"none","greet":false}])");
    start({"a secret word", "now hand_over_to_kitchen", "one soup"});
    loop_.run_for(30s);
    EXPECT_FALSE(has(last_read("kitchen"), "secret word"));
    EXPECT_TRUE(has(last_read("kitchen"), "is not shown to you"));
    EXPECT_TRUE(has(last_read("kitchen"), "one soup"));
    EXPECT_EQ(said()[4], "kitchen assistant: I am the kitche speaking.") << "it does not greet";
    EXPECT_TRUE(std::any_of(transcript_.begin(), transcript_.end(), [](const auto& entry) {
        return entry.content == "a secret word";
    })) << "the transcript has it all the same";
}

TEST_F(WorkflowTest, TheLastMessagesMayBePassedOn) {
    connect(R"("connections":[{"source_id":"n1","target_id":"n2","history":1}])");
    start({"a secret word", "now hand_over_to_kitchen", "one soup"});
    loop_.run_for(30s);
    EXPECT_FALSE(has(last_read("kitchen"), "secret word"));
    EXPECT_TRUE(has(last_read("kitchen"), "now hand_over_to_kitchen"));
}

TEST_F(WorkflowTest, WhoHandsOverSumsUpAndFillsInWhatIsExtracted) {
    connect(R"("connections":[{"source_id":"n1","target_id":"n2","history":"summary",
        "description":"Hungry.","extract":{"required":["dish"],"properties":{"dish":{}}}}])");
    std::vector<ModelRequest> kitchen;
    FakeLanguageModel model(loop_, faults_, [&kitchen](const ModelRequest& request) {
        if (request.messages.front().content.starts_with("I am the kitchen")) {
            kitchen.push_back(request);
            return FakeLanguageModel::Reply{"Coming.", {}};
        }
        if (request.messages.back().role != ModelRole::user) {
            return FakeLanguageModel::Reply{"Hm.", {}};
        }
        return FakeLanguageModel::Reply{
            "",
            {{"call-1", "hand_over_to_kitchen",
              R"({"dish":"soup","conversation_summary":"They want it hot."})"}}};
    });
    plan_.agents[1].config.prompt.greeting.clear();
    start_with(model, "I am hungry for a secret");
    loop_.run_for(20s);
    ASSERT_EQ(kitchen.size(), 1U);
    EXPECT_EQ(kitchen[0].messages.front().content, "I am the kitchen, soup, .");
    EXPECT_TRUE(has(kitchen[0].messages, "sums up what was said before: They want it hot."));
    EXPECT_FALSE(has(kitchen[0].messages, "secret"));
    EXPECT_EQ(said().back(), "kitchen assistant: Coming.");
    session_.reset();
}

/// What a worker that is killed leaves behind.
SessionSnapshot reread(const SessionSnapshot& snapshot) {
    auto parsed = parse_snapshot(serialize_snapshot(snapshot));
    EXPECT_TRUE(parsed.has_value()) << (parsed ? "" : parsed.error());
    return parsed ? *parsed : SessionSnapshot{};
}

TEST_F(WorkflowTest, AfterTwentyHandoffsTheCallSaysGoodbye) {
    connect(R"("connections":[{"source_id":"n1","target_id":"n2"}])");
    start({});
    loop_.run_for(5s);
    SessionSnapshot snapshot = reread(session_->save());
    snapshot.report.agent_handoffs = core::workflow_handoffs_max;
    session_.reset();
    plan_.record = record_;
    start({"now hand_over_to_kitchen"}, snapshot);
    loop_.run_for(20s);
    EXPECT_EQ(record_.status_reason, "too_many_handoffs");
    EXPECT_EQ(record_.status, core::CallStatus::failed);
    EXPECT_EQ(said().back(), "host assistant: I am sorry, I have to end this call now. Goodbye.");
}

TEST_F(WorkflowTest, AWorkerThatIsKilledAtAnyMomentLosesNoHandOff) {
    add_host_tool("to_bar", R"([{"type":"context.set","path":"agents.secret","value":"soup"},
        {"type":"flag.set","flag":"ordered"},
        {"type":"handoff","target_agent":"bar","message":"One moment please."}])");
    connect(R"("connections":[{"source_id":"n1","target_id":"n3","context_passed":["secret"]},
                              {"source_id":"n3","target_id":"n2"}])",
            R"(,"skip_condition":"flags.ordered")");
    const CallPlan plan = plan_;
    const Lines lines{"now to_bar"};
    for (milliseconds killed_at = 1'500ms; killed_at < 9s; killed_at += 100ms) {
        plan_ = plan;
        transcript_.clear();
        start(lines);
        loop_.run_for(killed_at);
        const SessionSnapshot snapshot = reread(session_->save());
        session_.reset();
        const Lines before = said();
        const bool was_said =
            std::find(before.begin(), before.end(), "host user: now to_bar") != before.end();
        plan_.record = record_;
        start(was_said ? Lines{} : lines, snapshot);
        loop_.run_for(20s);
        EXPECT_EQ(record_.agent_history, (Lines{"host", "kitchen"})) << killed_at.count();
        EXPECT_EQ(record_.metrics.agent_handoffs, 1U) << killed_at.count();
        EXPECT_EQ(session_->save().agent_name, "kitchen") << killed_at.count();
        const Json context = session_->save().context;
        EXPECT_EQ(context.at("agents").at("kitchen").at("secret"), "soup") << killed_at.count();
    }
}

}  // namespace
}  // namespace studio::services
