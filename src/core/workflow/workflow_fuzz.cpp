#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "core/workflow/handoff_tools.hpp"
#include "core/workflow/workflow_config.hpp"
#include "core/workflow/workflow_walk.hpp"

namespace studio::core {
namespace {

void walk(const Workflow& workflow) {
    CallContext context(JsonObject{{"name", "Ada"}});
    static_cast<void>(context.set("flags.done", Json(true)));
    const std::string first = first_agent(workflow, context);
    STUDIO_CHECK(node_of_agent(workflow, first) != nullptr, "a call begins at a node");
    for (const WorkflowNode& node : workflow.nodes) {
        AgentPlan agent{node.agent_name, {}, {}};
        add_handoff_tools(workflow, agent);
        std::size_t tools = 0;
        for (const WorkflowEdge* edge : edges_from(workflow, &node)) {
            tools += edge->has_tool() ? 1U : 0U;
        }
        STUDIO_CHECK(agent.tools.size() == tools, "every way that a model may take has its tool");
        const WorkflowPosition position{node.agent_name, 0};
        const WorkflowStep step =
            next_step(workflow, agent.config, position, WorkflowEvent{"", true}, context);
        STUDIO_CHECK(step.kind != WorkflowStep::Kind::stay, "a part that is over leads on");
        static_cast<void>(arrival(workflow, node.agent_name, context));
        pass_context(workflow, step.edge, node.agent_name, "next", context);
    }
}

}  // namespace
}  // namespace studio::core

/// A workflow that parses is written and read back the same, leads somewhere from everywhere, and
/// each of its ways that has a tool makes one.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto json = studio::parse_json(studio::text_of({data, size}));
    if (!json) {
        return 0;
    }
    const auto workflow = studio::core::parse_workflow(*json);
    if (!workflow) {
        STUDIO_CHECK(!workflow.error().empty(), "a refusal has a reason");
        return 0;
    }
    const studio::Json written = studio::core::to_json(*workflow);
    const auto again = studio::core::parse_workflow(written);
    STUDIO_CHECK(again.has_value(), "what was written is read");
    STUDIO_CHECK(studio::core::to_json(*again) == written, "and is the same");
    static_cast<void>(studio::core::unreachable_nodes(*workflow));
    studio::core::walk(*workflow);
    return 0;
}
