#include "services/resources/agent_loader.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "base/log.hpp"

namespace studio::services {

namespace {

using Rows = std::map<std::pair<ResourceKind, std::string>, Resource>;
using Errors = std::vector<core::FieldError>;

Errors wrong(std::string message) {
    return {{"agent_name", std::move(message)}};
}

/// One agent with its tools.
Result<core::AgentPlan, Errors> make_plan(const Rows& rows, const std::string& name) {
    const auto row = rows.find({ResourceKind::agent, name});
    if (row == rows.end()) {
        return fail(wrong("there is no such agent"));
    }
    if (!row->second.is_active) {
        return fail(wrong("the agent is not active"));
    }
    auto config = core::parse_agent_config(row->second.config);
    if (!config) {
        return fail(config.error());
    }
    core::AgentPlan plan{name, std::move(*config), {}};
    for (const std::string& tool_name : plan.config.tools) {
        const auto found = rows.find({ResourceKind::tool, tool_name});
        auto tool = found == rows.end()
                        ? fail(Errors{})
                        : core::parse_tool_definition(tool_name, found->second.config,
                                                      found->second.description);
        if (!tool) {
            return fail(wrong("the agent's tool '" + tool_name + "' is missing or not valid"));
        }
        plan.tools.push_back(std::move(*tool));
    }
    return plan;
}

}  // namespace

ServiceTask<std::vector<core::AgentPlan>> load_agents(ResourceStore& resources, TenantId tenant,
                                                      std::string agent_name) {
    auto linked = co_await resources.load_linked(std::move(tenant), agent_name);
    if (!linked && linked.error() != StoreError::not_found) {
        co_return fail(from_store(linked.error(), "agent"));
    }
    Rows rows;
    if (linked) {
        for (LinkedResource& item : *linked) {
            std::pair key(item.kind, item.resource.name);
            rows.emplace(std::move(key), std::move(item.resource));
        }
    }
    std::vector<core::AgentPlan> plans;
    std::vector<std::string> names{std::move(agent_name)};
    for (std::size_t index = 0; index < names.size() && plans.size() < agents_max; ++index) {
        auto plan = make_plan(rows, names[index]);
        if (!plan && index == 0) {
            co_return fail(invalid(plan.error()));
        }
        if (!plan) {
            // The call can be held without; whoever wants to hand over is told.
            STUDIO_LOG(warning, "handoff_target_left_out", {"agent", names[index]},
                       {"why", plan.error().empty() ? "" : plan.error().front().message});
            continue;
        }
        for (std::string& target : core::handoff_targets(*plan)) {
            if (std::find(names.begin(), names.end(), target) == names.end()) {
                names.push_back(std::move(target));
            }
        }
        plans.push_back(std::move(*plan));
    }
    co_return plans;
}

}  // namespace studio::services
