#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/plan/agent_plan.hpp"
#include "ports/resource_store.hpp"
#include "services/errors/service_error.hpp"

namespace studio::services {

/// Agents of one call; more are left out. A conversation that needs more is beyond what anybody
/// follows, and each costs memory in each call.
inline constexpr std::size_t agents_max = 32;

/// Loads an agent, its tools and every agent to which the call may be handed over from there, in
/// one query, and checks that a call can be held with them. The agent itself stands first. What is
/// wrong with it is a validation_error of the field `agent_name`, for whoever asks for the call;
/// another agent that is missing, not active or not valid is left out. `resources` outlives the
/// task.
[[nodiscard]] ServiceTask<std::vector<core::AgentPlan>> load_agents(ResourceStore& resources,
                                                                    TenantId tenant,
                                                                    std::string agent_name);

}  // namespace studio::services
