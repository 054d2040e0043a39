#pragma once

#include <string>
#include <vector>

#include "core/agent/agent_config.hpp"
#include "core/tool/tool_definition.hpp"
#include "ports/resource_store.hpp"
#include "services/platform/service_error.hpp"

namespace studio::services {

/// An agent with everything that it names, ready to hold a call.
struct LoadedAgent {
    core::AgentConfig agent;
    /// In the order of `agent.tools`.
    std::vector<core::ToolDefinition> tools;
};

/// Loads an agent and its tools and checks that a call can be held with them. What is wrong is a
/// validation_error of the field `agent_name`, for whoever asks for the call. `resources` outlives
/// the task.
[[nodiscard]] ServiceTask<LoadedAgent> load_agent(ResourceStore& resources, TenantId tenant,
                                                  std::string agent_name);

}  // namespace studio::services
