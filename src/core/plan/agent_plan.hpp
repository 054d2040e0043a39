#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/agent/agent_config.hpp"
#include "core/context/call_context.hpp"
#include "core/tool/tool_definition.hpp"

namespace studio::core {

/// An agent with everything that it names, ready to hold a call. A plain value.
struct AgentPlan {
    std::string name;
    AgentConfig config;
    /// In the order of `config.tools`.
    std::vector<ToolDefinition> tools;
};

/// The names of the agents that this one may hand a call over to, each once: those of its
/// `handoffs`, then those that its tools name.
[[nodiscard]] std::vector<std::string> handoff_targets(const AgentPlan& plan);

/// The agent to which `config` hands over by itself: of the first of its `handoffs` that names
/// flags, all of which are set. One without flags only says to whom tools may hand over.
[[nodiscard]] std::optional<std::string> due_handoff(const AgentConfig& config,
                                                     const CallContext& context);

/// The agent of that name; nullptr where it is none of `plans`.
[[nodiscard]] const AgentPlan* find_agent(const std::vector<AgentPlan>& plans,
                                          const std::string& name);

}  // namespace studio::core
