#include "services/resources/resource_rules.hpp"

#include "core/agent/agent_config.hpp"
#include "core/agent/names.hpp"
#include "core/agent/object_reader.hpp"
#include "core/tool/tool_definition.hpp"
#include "core/workflow/workflow_config.hpp"

namespace studio::services {

namespace {

constexpr const char* agent_name_rule =
    "must be lower-case letters, digits and single hyphens, a letter first, at most 63";

}  // namespace

bool AgentRules::is_name(std::string_view text) const {
    return core::is_agent_name(text);
}

const char* AgentRules::name_rule() const {
    return agent_name_rule;
}

ResourceFindings AgentRules::check(const Resource& resource) const {
    ResourceFindings findings;
    const auto agent = core::parse_agent_config(resource.config);
    if (!agent) {
        findings.errors = agent.error();
        return findings;
    }
    findings.errors = agent_check_.check(*agent, "config");
    findings.warnings = agent_check_.warnings(*agent, "config");
    for (const std::string& tool : agent->tools) {
        findings.needs.push_back({ResourceKind::tool, tool});
    }
    return findings;
}

std::string AgentRules::path_of_need(std::size_t index) const {
    return core::item_path("config.tools", index);
}

bool ToolRules::is_name(std::string_view text) const {
    return core::is_tool_name(text);
}

const char* ToolRules::name_rule() const {
    return "must be lower-case letters, digits and underscores, a letter first, at most 64";
}

ResourceFindings ToolRules::check(const Resource& resource) const {
    ResourceFindings findings;
    const auto tool =
        core::parse_tool_definition(resource.name, resource.config, resource.description);
    if (!tool) {
        findings.errors = tool.error();
    }
    return findings;
}

std::string ToolRules::path_of_need(std::size_t /*index*/) const {
    return "config";
}

bool WorkflowRules::is_name(std::string_view text) const {
    return core::is_agent_name(text);
}

const char* WorkflowRules::name_rule() const {
    return agent_name_rule;
}

ResourceFindings WorkflowRules::check(const Resource& resource) const {
    ResourceFindings findings;
    const auto workflow = core::parse_workflow(resource.config);
    if (!workflow) {
        findings.errors = workflow.error();
        return findings;
    }
    findings.gaps = core::unreachable_nodes(*workflow);
    for (const core::WorkflowNode& node : workflow->nodes) {
        findings.needs.push_back({ResourceKind::agent, node.agent_name});
    }
    return findings;
}

/// Each node needs its agent, which no other has.
std::string WorkflowRules::path_of_need(std::size_t index) const {
    return core::item_path("config.nodes", index) + ".agent_name";
}

}  // namespace studio::services
