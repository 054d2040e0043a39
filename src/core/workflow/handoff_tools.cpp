#include "core/workflow/handoff_tools.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace studio::core {

namespace {

constexpr std::size_t name_length_max = 64;

/// One that none of the agent's tools has.
std::string make_name(const std::string& target, const std::vector<ToolDefinition>& tools) {
    std::string base = "hand_over_to_" + target;
    std::replace(base.begin(), base.end(), '-', '_');
    std::string name = base.substr(0, name_length_max);
    const auto is_taken = [&tools](const std::string& wanted) {
        return std::any_of(tools.begin(), tools.end(),
                           [&wanted](const ToolDefinition& tool) { return tool.name == wanted; });
    };
    for (int number = 2; is_taken(name); ++number) {
        const std::string suffix = "_" + std::to_string(number);
        name = base.substr(0, name_length_max - suffix.size()) + suffix;
    }
    return name;
}

Json set_action(const std::string& path, const std::string& parameter) {
    return JsonObject{
        {"type", "context.set"}, {"path", path}, {"value", "{{params." + parameter + "}}"}};
}

std::string description_of(const WorkflowEdge& edge, const std::string& target) {
    return edge.description.empty() ? "Hands the caller over to '" + target +
                                          "'. Call it when your part of the conversation is done."
                                    : edge.description;
}

/// The tool's `config`, as a tenant would write it.
Json make_config(const WorkflowEdge& edge, const std::string& target) {
    JsonArray actions;
    for (const ToolParameter& parameter : edge.extract) {
        Json keep = set_action("workflow." + parameter.name, parameter.name);
        if (!parameter.required) {
            // What was not found out leaves what was known before.
            keep = JsonObject{{"type", "conditional"},
                              {"condition", "params." + parameter.name + " != null"},
                              {"then", JsonArray{std::move(keep)}}};
        }
        actions.push_back(std::move(keep));
    }
    ToolDefinition shape;
    shape.parameters = edge.extract;
    JsonArray parameters;
    if (edge.history.kind == HistoryPassed::Kind::summary) {
        parameters.push_back(
            JsonObject{{"name", handoff_summary_parameter},
                       {"required", true},
                       {"description",
                        "What was said and agreed so far, in a few sentences, for whoever goes "
                        "on: they read nothing else of the conversation."}});
        actions.push_back(set_action(handoff_summary_path, handoff_summary_parameter));
    }
    const Json schema = to_json_schema(shape);
    for (const ToolParameter& parameter : edge.extract) {
        Json json = schema.at("properties").at(parameter.name);
        json.get_object()["name"] = parameter.name;
        json.get_object()["required"] = parameter.required;
        parameters.push_back(std::move(json));
    }
    actions.push_back(JsonObject{{"type", "handoff"}, {"target_agent", target}});
    return JsonObject{{"description", description_of(edge, target)},
                      {"parameters", std::move(parameters)},
                      {"actions", std::move(actions)}};
}

}  // namespace

void add_handoff_tools(const Workflow& workflow, AgentPlan& agent) {
    const WorkflowNode* node = node_of_agent(workflow, agent.name);
    for (const WorkflowEdge* edge : edges_from(workflow, node)) {
        if (!edge->has_tool()) {
            continue;
        }
        const std::string& target = find_node(workflow, edge->target_id)->agent_name;
        auto tool =
            parse_tool_definition(make_name(target, agent.tools), make_config(*edge, target));
        // Of a checked edge there always is one (workflow_fuzz.cpp).
        if (tool) {
            agent.tools.push_back(std::move(*tool));
        }
    }
}

}  // namespace studio::core
