#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/call/call_record.hpp"
#include "core/plan/agent_plan.hpp"
#include "core/workflow/workflow.hpp"
#include "ports/resource_store.hpp"
#include "services/errors/service_error.hpp"

namespace studio::services {

/// Agents of one call; more are left out. A conversation that needs more is beyond what anybody
/// follows, and each costs memory in each call.
inline constexpr std::size_t agents_max = 32;

/// With whom a call is held.
struct CallTarget {
    /// The first agent; of a workflow empty for its entry.
    std::string agent_name;
    /// Empty for a call of one agent and those to whom it hands over.
    std::string workflow_slug{};
};

/// Everything that a call needs of what its tenant has configured.
struct CallAgents {
    /// The first one begins. Never empty.
    std::vector<core::AgentPlan> agents;
    std::optional<core::Workflow> workflow{};
    std::string workflow_id{};
};

/// Loads the agents of a call, their tools and every agent to which it may be handed over from
/// there, in one query, and checks that a call can be held with them. What is wrong with the first
/// agent, or with the agent of a workflow's node, is a validation_error of the field `agent_name`
/// or `workflow_slug`, for whoever asks for the call; another agent that is missing, not active or
/// not valid is left out. Agents of a workflow have the hand-off tools of its edges.
/// `resources` outlives the task.
[[nodiscard]] ServiceTask<CallAgents> load_agents(ResourceStore& resources, TenantId tenant,
                                                  CallTarget target);

/// The same, of a call that has its row.
[[nodiscard]] ServiceTask<CallAgents> load_agents(ResourceStore& resources,
                                                  const core::CallRecord& record);

/// Writes down with whom a new call begins, and has it begin so: of a workflow, with the first node
/// that is not passed over, by what the record tells of its caller.
void name_target(core::CallRecord& record, std::string workflow_slug, CallAgents& call);

}  // namespace studio::services
