#pragma once

#include <vector>

#include "core/plan/agent_plan.hpp"
#include "core/workflow/workflow.hpp"

namespace studio::core {

/// Where a hand-off tool keeps the summary that its model wrote (HistoryPassed::Kind::summary).
inline constexpr const char* handoff_summary_path = "workflow.handoff_summary";

/// Gives the agent the hand-off tools of its edges, after its own tools: `hand_over_to_` and the
/// name of the next agent, with what the edge extracts as parameters. They are tools like any
/// other, so that whatever runs tools runs them. Deterministic: the same wherever the call is
/// loaded.
void add_handoff_tools(const Workflow& workflow, AgentPlan& agent);

}  // namespace studio::core
