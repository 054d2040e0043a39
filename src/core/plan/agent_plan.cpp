#include "core/plan/agent_plan.hpp"

#include <algorithm>
#include <variant>

namespace studio::core {

namespace {

void add_once(std::vector<std::string>& names, const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
        names.push_back(name);
    }
}

void add_targets(const ActionProgram& program, std::vector<std::string>& names) {
    for (const Action& action : program) {
        if (const auto* handoff = std::get_if<HandoffAction>(&action)) {
            add_once(names, handoff->target_agent);
        }
    }
}

}  // namespace

std::vector<std::string> handoff_targets(const AgentPlan& plan) {
    std::vector<std::string> names;
    for (const HandoffConfig& handoff : plan.config.handoffs) {
        add_once(names, handoff.target_agent);
    }
    for (const ToolDefinition& tool : plan.tools) {
        add_targets(tool.actions, names);
        add_targets(tool.on_success, names);
        add_targets(tool.on_failure, names);
    }
    return names;
}

std::optional<std::string> due_handoff(const AgentConfig& config, const CallContext& context) {
    for (const HandoffConfig& handoff : config.handoffs) {
        const bool holds =
            std::all_of(handoff.conditions.begin(), handoff.conditions.end(),
                        [&context](const std::string& flag) { return context.flag(flag); });
        if (!handoff.conditions.empty() && holds) {
            return handoff.target_agent;
        }
    }
    return std::nullopt;
}

const AgentPlan* find_agent(const std::vector<AgentPlan>& plans, const std::string& name) {
    const auto found = std::find_if(plans.begin(), plans.end(),
                                    [&name](const AgentPlan& plan) { return plan.name == name; });
    return found == plans.end() ? nullptr : &*found;
}

}  // namespace studio::core
