#include "services/platform/agent_loader.hpp"

#include <utility>

namespace studio::services {

ServiceTask<LoadedAgent> load_agent(ResourceStore& resources, TenantId tenant,
                                    std::string agent_name) {
    const auto agent = co_await resources.load(ResourceKind::agent, tenant, agent_name);
    if (!agent) {
        if (agent.error() == StoreError::not_found) {
            co_return fail(invalid({{"agent_name", "there is no such agent"}}));
        }
        co_return fail(from_store(agent.error(), "agent"));
    }
    if (!agent->is_active) {
        co_return fail(invalid({{"agent_name", "the agent is not active"}}));
    }
    auto config = core::parse_agent_config(agent->config);
    if (!config) {
        co_return fail(invalid(config.error()));
    }
    LoadedAgent loaded{std::move(*config), {}};
    for (const std::string& name : loaded.agent.tools) {
        const auto row = co_await resources.load(ResourceKind::tool, tenant, name);
        if (!row && row.error() != StoreError::not_found) {
            co_return fail(from_store(row.error(), "tool"));
        }
        auto tool = row ? core::parse_tool_definition(row->name, row->config, row->description)
                        : fail(std::vector<core::FieldError>{});
        if (!tool) {
            co_return fail(invalid(
                {{"agent_name", "the agent's tool '" + name + "' is missing or not valid"}}));
        }
        loaded.tools.push_back(std::move(*tool));
    }
    co_return loaded;
}

}  // namespace studio::services
