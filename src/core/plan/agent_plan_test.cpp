#include "core/plan/agent_plan.hpp"

#include <gtest/gtest.h>

namespace studio::core {
namespace {

ToolDefinition tool(const char* name, const char* config) {
    auto parsed = parse_tool_definition(name, *parse_json(config));
    EXPECT_TRUE(parsed.has_value());
    return parsed ? *parsed : ToolDefinition{};
}

TEST(AgentPlan, NamesEveryAgentThatACallMayBeHandedOverToOnce) {
    AgentPlan plan;
    plan.config.handoffs = {{"billing", {"asks_money"}}, {"kitchen", {}}};
    plan.tools.push_back(tool("to_kitchen", R"({"description":"d","parameters":[],"actions":[
        {"type":"conditional","condition":"flags.open","then":[
            {"type":"handoff","target_agent":"kitchen"}],
         "else":[{"type":"handoff","target_agent":"waiter"}]}],
        "on_failure":[{"type":"handoff","target_agent":"operator"}]})"));
    EXPECT_EQ(handoff_targets(plan),
              (std::vector<std::string>{"billing", "kitchen", "waiter", "operator"}));
}

TEST(AgentPlan, HandsOverByItselfOnceAllFlagsOfAHandoffAreSet) {
    AgentConfig config;
    config.handoffs = {{"waiter", {}}, {"billing", {"ordered", "eaten"}}, {"kitchen", {"ordered"}}};
    CallContext context;
    EXPECT_EQ(due_handoff(config, context), std::nullopt);
    ASSERT_TRUE(context.set("flags.ordered", Json(true)));
    EXPECT_EQ(due_handoff(config, context), "kitchen");
    ASSERT_TRUE(context.set("flags.eaten", Json(true)));
    EXPECT_EQ(due_handoff(config, context), "billing");
}

TEST(AgentPlan, IsFoundByName) {
    const std::vector<AgentPlan> plans{{"host", {}, {}}, {"kitchen", {}, {}}};
    ASSERT_NE(find_agent(plans, "kitchen"), nullptr);
    EXPECT_EQ(find_agent(plans, "kitchen")->name, "kitchen");
    EXPECT_EQ(find_agent(plans, "cellar"), nullptr);
}

}  // namespace
}  // namespace studio::core
