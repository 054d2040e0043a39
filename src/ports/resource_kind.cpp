#include "ports/resource_kind.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace studio {

namespace {

constexpr std::size_t depth_max = 64;

void add(std::vector<ResourceName>& names, ResourceKind kind, const Json* name) {
    if (name == nullptr || !name->is_string()) {
        return;
    }
    ResourceName found{kind, std::string(name->get_string())};
    if (std::find(names.begin(), names.end(), found) == names.end()) {
        names.push_back(std::move(found));
    }
}

/// Its tools, and the agents to which it may hand over.
std::vector<ResourceName> uses_of_agent(const Json& config) {
    std::vector<ResourceName> names;
    const Json* tools = find_member(config, "tools");
    if (const JsonArray* list = tools == nullptr ? nullptr : tools->if_array()) {
        for (const Json& tool : *list) {
            add(names, ResourceKind::tool, &tool);
        }
    }
    const Json* handoffs = find_member(config, "handoffs");
    if (const JsonArray* list = handoffs == nullptr ? nullptr : handoffs->if_array()) {
        for (const Json& handoff : *list) {
            add(names, ResourceKind::agent, find_member(handoff, "target_agent"));
        }
    }
    return names;
}

/// The targets of `handoff` actions, wherever they stand in lists of actions.
void find_handoffs(const Json& value, std::vector<ResourceName>& names, std::size_t depth) {
    if (depth == depth_max) {
        return;
    }
    if (const JsonArray* list = value.if_array()) {
        for (const Json& item : *list) {
            find_handoffs(item, names, depth + 1);
        }
        return;
    }
    if (!value.is_object()) {
        return;
    }
    if (member_text(value, "type") == "handoff") {
        add(names, ResourceKind::agent, find_member(value, "target_agent"));
        add(names, ResourceKind::agent, find_member(value, "agent"));
    }
    for (const std::string_view branch : {"actions", "on_success", "on_failure", "then", "else"}) {
        if (const Json* actions = find_member(value, branch)) {
            find_handoffs(*actions, names, depth + 1);
        }
    }
}

std::vector<ResourceName> uses_of_tool(const Json& config) {
    std::vector<ResourceName> names;
    find_handoffs(config, names, 0);
    return names;
}

/// The agents of its nodes.
std::vector<ResourceName> uses_of_workflow(const Json& config) {
    std::vector<ResourceName> names;
    const Json* nodes = find_member(config, "nodes");
    if (const JsonArray* list = nodes == nullptr ? nullptr : nodes->if_array()) {
        for (const Json& node : *list) {
            add(names, ResourceKind::agent, find_member(node, "agent_name"));
        }
    }
    return names;
}

// In the order of the enumeration.
constexpr std::array<ResourceKindInfo, 3> kinds{{
    {ResourceKind::agent, "agent", "agents", "name", "display_name", uses_of_agent},
    {ResourceKind::tool, "tool", "tools", "name", "display_name", uses_of_tool},
    {ResourceKind::workflow, "workflow", "workflows", "slug", "name", uses_of_workflow},
}};

}  // namespace

std::span<const ResourceKindInfo> resource_kinds() {
    return kinds;
}

const ResourceKindInfo& info_of(ResourceKind kind) {
    return kinds.at(static_cast<std::size_t>(kind));
}

}  // namespace studio
