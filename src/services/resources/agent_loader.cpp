#include "services/resources/agent_loader.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "base/log.hpp"
#include "core/context/call_context.hpp"
#include "core/workflow/handoff_tools.hpp"
#include "core/workflow/workflow_config.hpp"
#include "core/workflow/workflow_walk.hpp"

namespace studio::services {

namespace {

using Rows = std::map<std::pair<ResourceKind, std::string>, Resource>;
using Errors = std::vector<core::FieldError>;

/// One agent with its tools. The error is one sentence.
Result<core::AgentPlan, std::string> make_plan(const Rows& rows, const std::string& name) {
    const auto row = rows.find({ResourceKind::agent, name});
    if (row == rows.end()) {
        return fail(std::string("there is no such agent"));
    }
    if (!row->second.is_active) {
        return fail(std::string("the agent is not active"));
    }
    auto config = core::parse_agent_config(row->second.config);
    if (!config) {
        return fail(config.error().empty()
                        ? std::string("the agent is not valid")
                        : config.error().front().field + ' ' + config.error().front().message);
    }
    core::AgentPlan plan{name, std::move(*config), {}};
    for (const std::string& tool_name : plan.config.tools) {
        const auto found = rows.find({ResourceKind::tool, tool_name});
        auto tool = found == rows.end()
                        ? fail(Errors{})
                        : core::parse_tool_definition(tool_name, found->second.config,
                                                      found->second.description);
        if (!tool) {
            return fail("the agent's tool '" + tool_name + "' is missing or not valid");
        }
        plan.tools.push_back(std::move(*tool));
    }
    return plan;
}

Result<CallAgents, std::string> read_workflow(const Rows& rows, const std::string& slug) {
    const auto row = rows.find({ResourceKind::workflow, slug});
    if (row == rows.end()) {
        return fail(std::string("there is no such workflow"));
    }
    if (!row->second.is_active) {
        return fail(std::string("the workflow is not active"));
    }
    auto workflow = core::parse_workflow(row->second.config);
    if (!workflow) {
        return fail(workflow.error().front().message);
    }
    CallAgents call;
    call.workflow_id = row->second.id;
    call.workflow = std::move(*workflow);
    return call;
}

/// The agents without whom the call is not held.
std::vector<std::string> names_needed(const CallTarget& target, const CallAgents& call) {
    if (!call.workflow) {
        return {target.agent_name};
    }
    std::vector<std::string> names{core::entry_of(*call.workflow).agent_name};
    for (const core::WorkflowNode& node : call.workflow->nodes) {
        if (!node.is_entry) {
            names.push_back(node.agent_name);
        }
    }
    return names;
}

/// Adds the agents of these names, and those to whom they may hand over.
Result<void, std::string> add_agents(const Rows& rows, std::vector<std::string> names,
                                     CallAgents& call) {
    const std::size_t needed = names.size();
    for (std::size_t index = 0; index < names.size() && call.agents.size() < agents_max; ++index) {
        auto plan = make_plan(rows, names[index]);
        if (!plan && index < needed) {
            return fail(call.workflow ? "agent '" + names[index] + "': " + plan.error()
                                      : plan.error());
        }
        if (!plan) {
            // The call can be held without; whoever wants to hand over is told.
            STUDIO_LOG(warning, "handoff_target_left_out", {"agent", names[index]},
                       {"why", plan.error()});
            continue;
        }
        for (std::string& target : core::handoff_targets(*plan)) {
            if (std::find(names.begin(), names.end(), target) == names.end()) {
                names.push_back(std::move(target));
            }
        }
        call.agents.push_back(std::move(*plan));
    }
    for (core::AgentPlan& agent : call.agents) {
        if (call.workflow) {
            core::add_handoff_tools(*call.workflow, agent);
        }
    }
    return {};
}

void begin_with(CallAgents& call, const std::string& name) {
    const auto first =
        std::find_if(call.agents.begin(), call.agents.end(),
                     [&name](const core::AgentPlan& agent) { return agent.name == name; });
    if (first != call.agents.end()) {
        std::rotate(call.agents.begin(), first, first + 1);
    }
}

}  // namespace

ServiceTask<CallAgents> load_agents(ResourceStore& resources, TenantId tenant, CallTarget target) {
    const bool is_workflow = !target.workflow_slug.empty();
    const char* const field = is_workflow ? "workflow_slug" : "agent_name";
    ResourceName first{is_workflow ? ResourceKind::workflow : ResourceKind::agent,
                       is_workflow ? target.workflow_slug : target.agent_name};
    auto linked = co_await resources.load_linked(std::move(tenant), std::move(first));
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
    auto call = is_workflow ? read_workflow(rows, target.workflow_slug)
                            : Result<CallAgents, std::string>(CallAgents{});
    if (!call) {
        co_return fail(invalid({{field, call.error()}}));
    }
    const auto added = add_agents(rows, names_needed(target, *call), *call);
    if (!added) {
        co_return fail(invalid({{field, added.error()}}));
    }
    begin_with(*call, target.agent_name);
    co_return std::move(*call);
}

ServiceTask<CallAgents> load_agents(ResourceStore& resources, const core::CallRecord& record) {
    return load_agents(resources, record.tenant_id,
                       CallTarget{record.agent_name, record.workflow_slug});
}

void name_target(core::CallRecord& record, std::string workflow_slug, CallAgents& call) {
    record.agent_name = call.agents.front().name;
    if (!call.workflow) {
        return;
    }
    record.workflow_id = call.workflow_id;
    record.workflow_slug = std::move(workflow_slug);
    JsonObject user;
    if (record.user_context.is_object()) {
        user = record.user_context.get_object();
    }
    const JsonObject tenant{{"id", record.tenant_id.text()}};
    record.agent_name = core::first_agent(*call.workflow, core::CallContext(user, tenant));
    begin_with(call, record.agent_name);
}

}  // namespace studio::services
