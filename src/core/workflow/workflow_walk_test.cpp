#include "core/workflow/workflow_walk.hpp"

#include <gtest/gtest.h>

#include "core/workflow/workflow_config.hpp"

namespace studio::core {
namespace {

using Kind = WorkflowStep::Kind;

Workflow clinic() {
    auto workflow = parse_workflow(*parse_json(R"({
        "nodes": [
            {"id": "n1", "agent_name": "reception", "is_entry": true},
            {"id": "n2", "agent_name": "booking", "skip_condition": "flags.has_booking"},
            {"id": "n3", "agent_name": "payment", "skip_condition": "not workflow.private"},
            {"id": "n4", "agent_name": "feedback", "is_exit": true,
             "skip_condition": "flags.hurry"},
            {"id": "n5", "agent_name": "human", "is_exit": true}],
        "connections": [
            {"source_id": "n1", "target_id": "n4", "condition": "workflow.only_asks"},
            {"source_id": "n1", "target_id": "n2", "description": "They want to be seen.",
             "context_passed": ["note", "deep.er"]},
            {"source_id": "n1", "target_id": "n3", "condition": "flags.pays",
             "description": "They pay."},
            {"source_id": "n2", "target_id": "n3"},
            {"source_id": "n3", "target_id": "n4"}],
        "global_handoffs": [{"target_id": "n5", "description": "They want a human.",
                             "condition": "flags.angry"}],
        "shared_context": ["insurance"]})"));
    EXPECT_TRUE(workflow);
    return workflow ? *workflow : Workflow{};
}

class WorkflowWalkTest : public testing::Test {
protected:
    void set(const char* path, Json value = true) {
        ASSERT_TRUE(context_.set(path, std::move(value)));
    }
    WorkflowStep step(const char* agent, WorkflowEvent event = {}, std::uint32_t handoffs = 0) {
        return next_step(workflow_, present_, {agent, handoffs}, event, context_);
    }

    Workflow workflow_ = clinic();
    AgentConfig present_;
    CallContext context_;
};

TEST_F(WorkflowWalkTest, StaysWhereNothingLeadsOn) {
    EXPECT_EQ(step("reception").kind, Kind::stay);
    EXPECT_EQ(step("booking").kind, Kind::stay) << "a plain edge waits for the end of the part";
    EXPECT_EQ(step("nobody").kind, Kind::stay);
}

TEST_F(WorkflowWalkTest, AToolsWishComesFirst) {
    set("workflow.only_asks");
    present_.handoffs = {{"human", {"pays"}}};
    set("flags.pays");
    const WorkflowStep next = step("reception", {"booking", false});
    EXPECT_EQ(next.kind, Kind::hand_off);
    EXPECT_EQ(next.agent, "booking");
    ASSERT_NE(next.edge, nullptr);
    EXPECT_EQ(next.edge->id, "n1.n2");
    const WorkflowStep off_the_graph = step("booking", {"reception", true});
    EXPECT_EQ(off_the_graph.agent, "reception") << "a hand-off back";
    EXPECT_EQ(off_the_graph.edge, nullptr);
}

TEST_F(WorkflowWalkTest, ThenTheAgentsOwnHandoffsThenEdgesInOrder) {
    present_.handoffs = {{"booking", {"pays"}}};
    set("flags.pays");
    EXPECT_EQ(step("reception").agent, "booking");
    EXPECT_EQ(step("reception").edge->id, "n1.n2") << "the edge says how it is handed over";
    present_.handoffs.clear();
    EXPECT_EQ(step("reception").agent, "payment");
    set("workflow.only_asks");
    EXPECT_EQ(step("reception").agent, "feedback") << "the edge that stands first";
    set("flags.angry");
    EXPECT_EQ(step("reception").agent, "feedback") << "one's own before global ones";
    EXPECT_EQ(step("booking").agent, "human");
    EXPECT_EQ(step("human").kind, Kind::stay) << "nobody is handed over to themselves";
    EXPECT_EQ(step("nobody").agent, "human") << "anyone may";
}

TEST_F(WorkflowWalkTest, APartThatIsOverLeadsOn) {
    EXPECT_EQ(step("booking", {"", true}).agent, "payment");
    EXPECT_EQ(step("reception", {"", true}).kind, Kind::end)
        << "an edge with a description is the model's choice";
    set("flags.pays");
    EXPECT_EQ(step("reception", {"", true}).agent, "payment");
}

TEST_F(WorkflowWalkTest, AnExitsEndIsTheCallsEnd) {
    set("flags.angry");
    present_.handoffs = {{"booking", {"angry"}}};
    EXPECT_EQ(step("feedback", {"", true}).kind, Kind::end);
    EXPECT_EQ(step("nobody", {"", true}).kind, Kind::end) << "and that of who has no node";
    EXPECT_EQ(step("feedback").agent, "booking") << "but for its end it may hand over";
}

TEST_F(WorkflowWalkTest, TwentyHandoffsAreEnough) {
    EXPECT_EQ(step("reception", {"booking", false}, 19).kind, Kind::hand_off);
    EXPECT_EQ(step("reception", {"booking", false}, 20).kind, Kind::exhausted);
    set("flags.pays");
    EXPECT_EQ(step("reception", {}, 20).kind, Kind::exhausted);
    EXPECT_EQ(step("booking", {}, 20).kind, Kind::stay);
    EXPECT_EQ(step("feedback", {"", true}, 20).kind, Kind::end);
}

TEST_F(WorkflowWalkTest, PassesOverWhatIsToBeSkipped) {
    EXPECT_EQ(arrival(workflow_, "booking", context_), "booking");
    EXPECT_EQ(arrival(workflow_, "payment", context_), "feedback");
    set("flags.has_booking");
    EXPECT_EQ(arrival(workflow_, "booking", context_), "feedback") << "two of them";
    set("workflow.private");
    EXPECT_EQ(arrival(workflow_, "booking", context_), "payment");
    EXPECT_EQ(arrival(workflow_, "stranger", context_), "stranger");
}

TEST_F(WorkflowWalkTest, AnExitThatIsPassedOverEndsTheCall) {
    set("flags.hurry");
    EXPECT_EQ(arrival(workflow_, "feedback", context_), std::nullopt);
    EXPECT_EQ(arrival(workflow_, "payment", context_), std::nullopt);
}

TEST_F(WorkflowWalkTest, ANodeThatNothingLeadsOnFromIsNotPassedOver) {
    workflow_.nodes[0].skip_condition = *Condition::parse("flags.known");
    set("flags.known");
    EXPECT_EQ(first_agent(workflow_, context_), "booking")
        << "nobody judges: an edge with a description alone is gone";
    workflow_.connections.erase(workflow_.connections.begin() + 1);
    EXPECT_EQ(first_agent(workflow_, context_), "reception") << "conditions that do not hold";
    set("workflow.only_asks");
    EXPECT_EQ(first_agent(workflow_, context_), "feedback");
    set("flags.hurry");
    EXPECT_EQ(first_agent(workflow_, context_), "reception") << "somebody has to speak";
}

TEST_F(WorkflowWalkTest, PassesOnWhatTheEdgeNamesAndSharesWhatTheWorkflowNames) {
    context_.set_agent("reception");
    set("agents.note", "allergic");
    set("agents.deep.er", 3);
    set("agents.secret", "mine");
    set("agents.insurance", "private");
    pass_context(workflow_, &workflow_.connections[1], "reception", "booking", context_);
    EXPECT_EQ(context_.agent(), "booking");
    EXPECT_EQ(*context_.find("agents.note"), Json("allergic"));
    EXPECT_EQ(*context_.find("agents.deep.er"), Json(3));
    EXPECT_EQ(context_.find("agents.secret"), nullptr);
    EXPECT_EQ(*context_.find("workflow.insurance"), Json("private"));
    pass_context(workflow_, nullptr, "booking", "feedback", context_);
    EXPECT_EQ(context_.find("agents.note"), nullptr) << "no edge, nothing passed";
    EXPECT_EQ(*context_.find("workflow.insurance"), Json("private"));
}

TEST_F(WorkflowWalkTest, FindsTheWayBetweenTwoAgents) {
    EXPECT_EQ(edge_between(workflow_, "reception", "booking")->id, "n1.n2");
    EXPECT_EQ(edge_between(workflow_, "booking", "human")->id, "any.n5");
    EXPECT_EQ(edge_between(workflow_, "booking", "reception"), nullptr);
    EXPECT_EQ(edge_between(workflow_, "booking", "stranger"), nullptr);
    WorkflowEdge own;
    own.id = "own";
    own.source_id = "n2";
    own.target_id = "n5";
    workflow_.connections.push_back(own);
    EXPECT_EQ(edge_between(workflow_, "booking", "human")->id, "own")
        << "one's own way comes before the global one";
}

}  // namespace
}  // namespace studio::core
