#include "core/workflow/workflow_config.hpp"

#include <algorithm>
#include <utility>

#include "core/agent/names.hpp"
#include "core/agent/object_reader.hpp"
#include "core/context/context_path.hpp"
#include "core/workflow/internal/workflow_check.hpp"

namespace studio::core {

namespace {

using Errors = std::vector<FieldError>;

constexpr std::size_t nodes_max = 32;
constexpr std::size_t connections_max = 128;
constexpr std::size_t global_handoffs_max = 16;
constexpr std::size_t keys_max = 32;
/// With the actions that keep them a hand-off tool stays within a tool's limits.
constexpr std::size_t extract_max = 16;
constexpr std::size_t history_count_max = 1'000;
constexpr std::size_t id_length_max = 64;
/// Of `source.target`.
constexpr std::size_t edge_id_length_max = 2 * id_length_max + 1;

bool is_id(std::string_view text, std::string_view also) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [also](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
               (letter >= '0' && letter <= '9') || letter == '_' || letter == '-' ||
               also.find(letter) != std::string_view::npos;
    });
}

void read_node_id(ObjectReader& reader, std::string_view name, std::string& id) {
    reader.read_text(name, id, {.required = true, .length_max = id_length_max});
    if (!id.empty() && !is_id(id, "")) {
        reader.report(name, "must be letters, digits, '_' and '-'");
        id.clear();
    }
}

void read_condition(ObjectReader& reader, std::string_view name,
                    std::optional<Condition>& condition) {
    std::string text;
    reader.read_text(name, text, {.length_max = 1024});
    if (text.find_first_not_of(" \t\r\n") == std::string::npos) {
        return;
    }
    auto parsed = Condition::parse(text);
    if (parsed) {
        condition = std::move(*parsed);
    } else {
        reader.report(name, "is no condition: " + parsed.error().message + ", at byte " +
                                std::to_string(parsed.error().offset));
    }
}

void read_position(ObjectReader& node, Errors& errors, std::optional<NodePosition>& position) {
    constexpr double far_away = 1e6;
    const Json* json = node.find("position");
    if (json == nullptr) {
        return;
    }
    ObjectReader reader(json, node.path_of("position"), errors);
    position.emplace();
    reader.read_number("x", position->x, -far_away, far_away);
    reader.read_number("y", position->y, -far_away, far_away);
    reader.finish();
}

WorkflowNode read_node(const Json& json, const std::string& path, Errors& errors) {
    WorkflowNode node;
    ObjectReader reader(&json, path, errors);
    read_node_id(reader, "id", node.id);
    reader.read_text("agent_name", node.agent_name, {.required = true, .length_max = 63});
    if (!node.agent_name.empty() && !is_agent_name(node.agent_name)) {
        reader.report("agent_name", "must be the name of an agent");
    }
    reader.read_boolean("is_entry", node.is_entry);
    reader.read_boolean("is_exit", node.is_exit);
    read_condition(reader, "skip_condition", node.skip_condition);
    read_position(reader, errors, node.position);
    reader.finish();
    return node;
}

/// Keys of an agent's own part of the context, written with `agents.` or without.
void read_keys(ObjectReader& reader, std::string_view name, std::vector<std::string>& keys) {
    constexpr std::string_view own = "agents.";
    reader.read_texts(name, keys, keys_max);
    for (std::size_t index = 0; index < keys.size(); ++index) {
        std::string& key = keys[index];
        while (key.starts_with(own)) {
            key.erase(0, own.size());
        }
        const auto path = parse_context_path(key);
        const bool may_be_written =
            path && std::none_of(path->begin(), path->end(), [](const PathStep& step) {
                return step.kind == PathStep::Kind::append;
            });
        if (!may_be_written) {
            reader.report(item_path(name, index), "is not a path in the context");
        }
    }
}

void read_history(ObjectReader& reader, HistoryPassed& history) {
    using Kind = HistoryPassed::Kind;
    const Json* json = reader.find("history");
    if (json == nullptr) {
        return;
    }
    if (json->is_number()) {
        int count = 1;
        reader.read_integer("history", count, 1, static_cast<int>(history_count_max));
        history = {Kind::last, static_cast<std::size_t>(count)};
        return;
    }
    std::string name;
    reader.read_text("history", name, {.length_max = 16});
    if (name == "none") {
        history = {Kind::none, 0};
    } else if (name == "summary") {
        history = {Kind::summary, 0};
    } else if (name != "all") {
        reader.report("history", "must be all, summary, none or a number of messages");
    }
}

/// The JSON of a tool's parameter, from a property of a schema.
Json parameter_of(std::string_view name, const Json& property, const JsonArray* required,
                  ObjectReader& reader) {
    JsonObject parameter;
    if (const JsonObject* object = property.if_object()) {
        parameter = *object;
    } else {
        reader.report(name, "must be an object");
    }
    for (const char* member : {"name", "required"}) {
        if (parameter.erase(member) != 0) {
            reader.report(std::string(name) + "." + member, "is not a known field");
        }
    }
    const Json named((std::string(name)));
    if (name == handoff_summary_parameter) {
        reader.report(name, "is the name of what history 'summary' asks for");
    }
    parameter["name"] = named;
    parameter["required"] = required != nullptr &&
                            std::find(required->begin(), required->end(), named) != required->end();
    return parameter;
}

/// A schema's properties are checked as the parameters of the tool that they become.
std::vector<ToolParameter> read_properties(const JsonObject& properties, const JsonArray* required,
                                           const std::string& path, Errors& errors) {
    JsonArray parameters;
    std::vector<std::string> names;
    const Json all(properties);
    ObjectReader reader(&all, path, errors);
    for (const auto& member : properties) {
        names.emplace_back(member.key().data(), member.key().size());
        parameters.push_back(parameter_of(names.back(), member.value(), required, reader));
    }
    const Json config = JsonObject{
        {"description", "extract"}, {"parameters", parameters}, {"actions", JsonArray{}}};
    auto tool = parse_tool_definition("extract", config, "", "");
    if (tool) {
        return tool->parameters;
    }
    for (const FieldError& error : tool.error()) {
        std::string field = error.field;
        for (std::size_t index = 0; index < names.size(); ++index) {
            const std::string known = item_path("parameters", index);
            if (field.starts_with(known)) {
                field = names[index].substr(0, id_length_max) + field.substr(known.size());
                break;
            }
        }
        errors.push_back({path + "." + field, error.message});
    }
    return {};
}

void read_extract(ObjectReader& edge, WorkflowEdge& target, Errors& errors) {
    const Json* json = edge.find("extract");
    if (json == nullptr) {
        return;
    }
    ObjectReader reader(json, edge.path_of("extract"), errors);
    std::string type = "object";
    reader.read_text("type", type, {.length_max = 16});
    if (type != "object") {
        reader.report("type", "must be object");
    }
    bool ignored = false;
    reader.read_boolean("additionalProperties", ignored);
    Json properties = JsonObject{};
    reader.read_object("properties", properties);
    const JsonArray* required = reader.find_list("required", extract_max);
    reader.finish();
    const JsonObject& object = properties.get_object();
    if (object.size() > extract_max) {
        reader.report("properties", "must have at most " + std::to_string(extract_max));
        return;
    }
    for (std::size_t index = 0; required != nullptr && index < required->size(); ++index) {
        const auto* name = (*required)[index].if_string();
        if (name == nullptr || !object.contains(*name)) {
            reader.report(item_path("required", index), "is none of the properties");
        }
    }
    target.extract = read_properties(object, required, reader.path_of("properties"), errors);
}

/// What only the model that hands over can write needs a tool with which it does.
void check_tool(ObjectReader& reader, const WorkflowEdge& edge) {
    constexpr const char* nobody_writes =
        "is written by the model that hands over, and an edge with a condition alone does not ask "
        "it: add a description";
    if (edge.has_tool()) {
        return;
    }
    if (edge.history.kind == HistoryPassed::Kind::summary) {
        reader.report("history", nobody_writes);
    }
    if (!edge.extract.empty()) {
        reader.report("extract", nobody_writes);
    }
}

WorkflowEdge read_edge(const Json& json, const std::string& path, bool is_global, Errors& errors) {
    WorkflowEdge edge;
    ObjectReader reader(&json, path, errors);
    if (!is_global) {
        read_node_id(reader, "source_id", edge.source_id);
    }
    read_node_id(reader, "target_id", edge.target_id);
    reader.read_text("id", edge.id, {.length_max = edge_id_length_max});
    if (edge.id.empty()) {
        edge.id = (is_global ? "any" : edge.source_id) + "." + edge.target_id;
    } else if (!is_id(edge.id, ".")) {
        reader.report("id", "must be letters, digits, '_', '-' and '.'");
    }
    reader.read_text("description", edge.description, {.length_max = 1024});
    read_condition(reader, "condition", edge.condition);
    if (is_global && edge.description.empty() && !edge.condition) {
        reader.report("description", "or a condition is required: when is it taken?");
    }
    read_extract(reader, edge, errors);
    read_keys(reader, "context_passed", edge.context_passed);
    read_history(reader, edge.history);
    reader.read_text("transition_speech", edge.transition_speech,
                     {.length_max = 2048, .is_template = true});
    reader.read_boolean("greet", edge.greet);
    check_tool(reader, edge);
    reader.finish();
    return edge;
}

void read_edges(ObjectReader& root, std::string_view name, std::size_t count_max, bool is_global,
                std::vector<WorkflowEdge>& edges, Errors& errors) {
    const JsonArray* list = root.find_list(name, count_max);
    for (std::size_t index = 0; list != nullptr && index < list->size(); ++index) {
        edges.push_back(
            read_edge((*list)[index], item_path(root.path_of(name), index), is_global, errors));
    }
}

JsonArray keys_json(const std::vector<std::string>& keys) {
    JsonArray list;
    for (const std::string& key : keys) {
        list.emplace_back(key);
    }
    return list;
}

Json history_json(const HistoryPassed& history) {
    switch (history.kind) {
        case HistoryPassed::Kind::last:
            return history.count;
        case HistoryPassed::Kind::summary:
            return "summary";
        case HistoryPassed::Kind::none:
            return "none";
        case HistoryPassed::Kind::all:
            break;
    }
    return "all";
}

Json node_json(const WorkflowNode& node) {
    JsonObject json{{"id", node.id},
                    {"agent_name", node.agent_name},
                    {"is_entry", node.is_entry},
                    {"is_exit", node.is_exit}};
    if (node.skip_condition) {
        json["skip_condition"] = node.skip_condition->text();
    }
    if (node.position) {
        json["position"] = JsonObject{{"x", node.position->x}, {"y", node.position->y}};
    }
    return json;
}

JsonArray edges_json(const std::vector<WorkflowEdge>& edges) {
    JsonArray list;
    for (const WorkflowEdge& edge : edges) {
        JsonObject json{{"id", edge.id},
                        {"target_id", edge.target_id},
                        {"context_passed", keys_json(edge.context_passed)},
                        {"history", history_json(edge.history)},
                        {"greet", edge.greet}};
        if (!edge.source_id.empty()) {
            json["source_id"] = edge.source_id;
        }
        if (!edge.description.empty()) {
            json["description"] = edge.description;
        }
        if (edge.condition) {
            json["condition"] = edge.condition->text();
        }
        if (!edge.extract.empty()) {
            ToolDefinition tool;
            tool.parameters = edge.extract;
            json["extract"] = to_json_schema(tool);
        }
        if (!edge.transition_speech.empty()) {
            json["transition_speech"] = edge.transition_speech;
        }
        list.push_back(std::move(json));
    }
    return list;
}

}  // namespace

Result<Workflow, std::vector<FieldError>> parse_workflow(const Json& json, std::string_view root) {
    Errors errors;
    Workflow workflow;
    ObjectReader reader(&json, std::string(root), errors);
    if (const JsonArray* list = reader.find_list("nodes", nodes_max)) {
        for (std::size_t index = 0; index < list->size(); ++index) {
            workflow.nodes.push_back(
                read_node((*list)[index], item_path(reader.path_of("nodes"), index), errors));
        }
    } else if (json.is_object() && errors.empty()) {
        reader.report("nodes", "is required");
    }
    read_edges(reader, "connections", connections_max, false, workflow.connections, errors);
    read_edges(reader, "global_handoffs", global_handoffs_max, true, workflow.global_handoffs,
               errors);
    read_keys(reader, "shared_context", workflow.shared_context);
    reader.finish();
    if (!workflow.nodes.empty() || errors.empty()) {
        const Errors wrong = internal::check_graph(workflow, std::string(root));
        errors.insert(errors.end(), wrong.begin(), wrong.end());
    }
    if (!errors.empty()) {
        return fail(std::move(errors));
    }
    return workflow;
}

Json to_json(const Workflow& workflow) {
    JsonArray nodes;
    for (const WorkflowNode& node : workflow.nodes) {
        nodes.push_back(node_json(node));
    }
    return JsonObject{{"nodes", std::move(nodes)},
                      {"connections", edges_json(workflow.connections)},
                      {"global_handoffs", edges_json(workflow.global_handoffs)},
                      {"shared_context", keys_json(workflow.shared_context)}};
}

}  // namespace studio::core
