#include "services/resources/resource_rules.hpp"

#include "core/agent/agent_config.hpp"
#include "core/agent/names.hpp"
#include "core/tool/tool_definition.hpp"

namespace studio::services {

bool AgentRules::is_name(std::string_view text) const {
    return core::is_agent_name(text);
}

const char* AgentRules::name_rule() const {
    return "must be lower-case letters, digits and single hyphens, a letter first, at most 63";
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

}  // namespace studio::services
