#include "core/workflow/handoff_tools.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/tool/tool_run.hpp"
#include "core/workflow/workflow_config.hpp"

namespace studio::core {
namespace {

Workflow clinic() {
    auto workflow = parse_workflow(*parse_json(R"({
        "nodes": [
            {"id": "n1", "agent_name": "reception", "is_entry": true},
            {"id": "n2", "agent_name": "booking-desk"},
            {"id": "n3", "agent_name": "feedback", "is_exit": true}],
        "connections": [
            {"source_id": "n1", "target_id": "n2", "description": "They want to be seen.",
             "history": "summary",
             "extract": {"required": ["reason"], "properties": {
                 "reason": {"description": "Why."}, "visits": {"type": "integer"},
                 "kind": {"enum": ["new", "old"]}}}},
            {"source_id": "n1", "target_id": "n3", "condition": "flags.bye"},
            {"source_id": "n2", "target_id": "n3"}],
        "global_handoffs": [{"target_id": "n2", "description": "A new date."}]})"));
    EXPECT_TRUE(workflow);
    return workflow ? *workflow : Workflow{};
}

AgentPlan agent(const char* name) {
    AgentPlan plan;
    plan.name = name;
    add_handoff_tools(clinic(), plan);
    return plan;
}

TEST(HandoffTools, AreThoseOfTheEdgesThatAModelMayTake) {
    const AgentPlan reception = agent("reception");
    ASSERT_EQ(reception.tools.size(), 1U) << "not that of a condition, nor the global one twice";
    EXPECT_EQ(reception.tools[0].name, "hand_over_to_booking_desk");
    EXPECT_EQ(reception.tools[0].description, "They want to be seen.");
    const AgentPlan booking = agent("booking-desk");
    ASSERT_EQ(booking.tools.size(), 1U) << "the global one leads to itself";
    EXPECT_EQ(booking.tools[0].name, "hand_over_to_feedback");
    EXPECT_NE(booking.tools[0].description.find("when your part"), std::string::npos);
    ASSERT_EQ(agent("feedback").tools.size(), 1U);
    EXPECT_EQ(agent("feedback").tools[0].description, "A new date.");
    EXPECT_EQ(agent("stranger").tools.size(), 1U) << "anyone may";
}

TEST(HandoffTools, ShowTheModelASchemaOfWhatItMustFindOut) {
    const AgentPlan reception = agent("reception");
    const Json schema = to_json_schema(reception.tools[0]);
    EXPECT_EQ(schema.at("required"), *parse_json(R"(["conversation_summary","reason"])"));
    EXPECT_EQ(schema.at("properties").at("visits"), *parse_json(R"({"type":"integer"})"));
    EXPECT_EQ(schema.at("properties").at("kind").at("enum"), *parse_json(R"(["new","old"])"));
    EXPECT_TRUE(schema.at("properties").get_object().contains("conversation_summary"));
}

TEST(HandoffTools, KeepWhatWasFoundOutAndHandOver) {
    const AgentPlan reception = agent("reception");
    CallContext context;
    ASSERT_TRUE(context.set("workflow.visits", Json(7)));
    ToolRun run(std::make_shared<const ToolDefinition>(reception.tools[0]));
    run.handle(ToolStart{R"({"reason":"tooth","kind":"old","conversation_summary":"They ache."})"},
               context);
    std::string target;
    bool ok = false;
    while (const auto output = run.poll_output()) {
        if (const auto* handoff = std::get_if<ToolHandoff>(&*output)) {
            target = handoff->target_agent;
        } else if (const auto* finished = std::get_if<ToolFinished>(&*output)) {
            ok = finished->ok;
        }
    }
    EXPECT_TRUE(ok);
    EXPECT_EQ(target, "booking-desk");
    EXPECT_EQ(*context.find("workflow.reason"), Json("tooth"));
    EXPECT_EQ(*context.find("workflow.kind"), Json("old"));
    EXPECT_EQ(*context.find("workflow.visits"), Json(7)) << "not found out anew";
    EXPECT_EQ(*context.find(handoff_summary_path), Json("They ache."));
}

TEST(HandoffTools, WhatIsMissingIsAskedForAgain) {
    const AgentPlan reception = agent("reception");
    CallContext context;
    ToolRun run(std::make_shared<const ToolDefinition>(reception.tools[0]));
    run.handle(ToolStart{R"({"conversation_summary":"They ache."})"}, context);
    bool handed_over = false;
    std::string result;
    while (const auto output = run.poll_output()) {
        handed_over = handed_over || std::holds_alternative<ToolHandoff>(*output);
        if (const auto* finished = std::get_if<ToolFinished>(&*output)) {
            result = serialize_json(finished->result);
        }
    }
    EXPECT_FALSE(handed_over);
    EXPECT_NE(result.find("reason"), std::string::npos) << result;
}

TEST(HandoffTools, HaveNamesOfTheirOwn) {
    AgentPlan plan;
    plan.name = "booking-desk";
    plan.tools.push_back(*parse_tool_definition(
        "hand_over_to_feedback", *parse_json(R"({"description":"d","actions":[]})")));
    add_handoff_tools(clinic(), plan);
    ASSERT_EQ(plan.tools.size(), 2U);
    EXPECT_EQ(plan.tools[1].name, "hand_over_to_feedback_2");
    Workflow workflow = clinic();
    workflow.nodes[2].agent_name = std::string(63, 'a');
    AgentPlan other;
    other.name = "booking-desk";
    add_handoff_tools(workflow, other);
    ASSERT_EQ(other.tools.size(), 1U);
    EXPECT_EQ(other.tools[0].name.size(), 64U);
}

}  // namespace
}  // namespace studio::core
