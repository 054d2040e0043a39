#include "core/tool/tool_definition.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/agent/names.hpp"
#include "core/agent/object_reader.hpp"
#include "core/context/template.hpp"
#include "core/tool/internal/action_parser.hpp"

namespace studio::core {

namespace {

using Errors = std::vector<FieldError>;

constexpr std::size_t parameters_max = 32;
constexpr std::size_t arguments_bytes_max = 16U << 10U;
constexpr std::array<std::string_view, 6> type_names = {"string",  "integer", "number",
                                                        "boolean", "array",   "object"};

std::string_view name_of(ParameterType type) {
    return type_names[static_cast<std::size_t>(type)];
}

/// The value as the parameter wants it, mended where that is harmless.
std::optional<Json> fitted(const Json& value, ParameterType type) {
    const auto* text = value.if_string();
    switch (type) {
        case ParameterType::string:
            if (text != nullptr) {
                return value;
            }
            return value.is_number() || value.is_bool()
                       ? std::optional<Json>(Json(text_of_value(value)))
                       : std::nullopt;
        case ParameterType::boolean:
            if (text != nullptr && (*text == "true" || *text == "false")) {
                return Json(*text == "true");
            }
            return value.is_bool() ? std::optional(value) : std::nullopt;
        case ParameterType::array:
            return value.is_array() ? std::optional(value) : std::nullopt;
        case ParameterType::object:
            return value.is_object() ? std::optional(value) : std::nullopt;
        case ParameterType::integer:
        case ParameterType::number:
            break;
    }
    if (text != nullptr) {
        const auto parsed = parse_json({text->data(), text->size()});
        return parsed && parsed->is_number() ? fitted(*parsed, type) : std::nullopt;
    }
    if (!value.is_number() || type == ParameterType::number || !value.is_double()) {
        return value.is_number() ? std::optional(value) : std::nullopt;
    }
    const double number = value.get_double();
    // Beyond 2^53 a double does not hold every whole number.
    if (number != std::floor(number) || std::abs(number) > 9007199254740992.0) {
        return std::nullopt;
    }
    return Json(static_cast<std::int64_t>(number));
}

bool is_allowed(const ToolParameter& parameter, const Json& value) {
    return parameter.enum_values.empty() ||
           std::find(parameter.enum_values.begin(), parameter.enum_values.end(),
                     text_of_value(value)) != parameter.enum_values.end();
}

void read_parameter(const Json& json, const std::string& path, ToolDefinition& tool,
                    Errors& errors) {
    ToolParameter parameter;
    ObjectReader reader(&json, path, errors);
    reader.read_text("name", parameter.name, {.required = true, .length_max = 64});
    if (!parameter.name.empty() && !is_tool_name(parameter.name)) {
        reader.report("name", "must be lower-case letters, digits and underscores");
    }
    if (std::any_of(tool.parameters.begin(), tool.parameters.end(),
                    [&](const ToolParameter& other) { return other.name == parameter.name; })) {
        reader.report("name", "is declared twice");
    }
    std::string type = "string";
    reader.read_text("type", type);
    const auto found = std::find(type_names.begin(), type_names.end(), type);
    if (found == type_names.end()) {
        reader.report("type", "must be string, integer, number, boolean, array or object");
    } else {
        parameter.type = static_cast<ParameterType>(found - type_names.begin());
    }
    reader.read_boolean("required", parameter.required);
    reader.read_texts("enum", parameter.enum_values, 128);
    reader.read_text("description", parameter.description, {.length_max = 2048});
    if (const Json* value = reader.find("default")) {
        parameter.default_value = fitted(*value, parameter.type);
        if (!parameter.default_value || !is_allowed(parameter, *parameter.default_value)) {
            reader.report("default", "must be a value that the parameter allows");
        }
    }
    reader.finish();
    tool.parameters.push_back(std::move(parameter));
}

}  // namespace

Result<ToolDefinition, std::vector<FieldError>> parse_tool_definition(std::string_view name,
                                                                      const Json& config,
                                                                      std::string_view description,
                                                                      std::string_view root) {
    Errors errors;
    ToolDefinition tool;
    tool.name = name;
    tool.description = description;
    tool.source = config;
    if (!is_tool_name(name)) {
        errors.push_back({"name", "must be lower-case letters, digits and underscores"});
    }
    ObjectReader reader(&config, std::string(root), errors);
    if (!config.is_object()) {
        return fail(errors);
    }
    std::string own_name(name);
    reader.read_text("name", own_name, {.length_max = 64});
    if (own_name != name) {
        reader.report("name", "must be the tool's name");
    }
    reader.read_text("description", tool.description, {.length_max = 4096});
    if (tool.description.empty()) {
        reader.report("description", "is required: the model chooses tools by it");
    }
    if (const JsonArray* list = reader.find_list("parameters", parameters_max)) {
        for (std::size_t index = 0; index < list->size(); ++index) {
            read_parameter((*list)[index], item_path(reader.path_of("parameters"), index), tool,
                           errors);
        }
    }
    internal::ActionParser parser(errors);
    tool.actions = parser.parse(reader, "actions");
    tool.on_success = parser.parse(reader, "on_success");
    tool.on_failure = parser.parse(reader, "on_failure");
    reader.finish();
    if (!errors.empty()) {
        return fail(errors);
    }
    return tool;
}

Json to_json_schema(const ToolDefinition& tool) {
    JsonObject properties;
    JsonArray required;
    for (const ToolParameter& parameter : tool.parameters) {
        JsonObject property{{"type", name_of(parameter.type)}};
        if (!parameter.description.empty()) {
            property["description"] = parameter.description;
        }
        if (!parameter.enum_values.empty()) {
            JsonArray values;
            for (const std::string& value : parameter.enum_values) {
                values.push_back(*fitted(Json(value), ParameterType::string));
            }
            property["enum"] = values;
        }
        if (parameter.default_value) {
            property["default"] = *parameter.default_value;
        }
        properties[parameter.name] = property;
        if (parameter.required) {
            required.emplace_back(parameter.name);
        }
    }
    return {{"type", "object"},
            {"properties", properties},
            {"required", required},
            {"additionalProperties", false}};
}

Result<JsonObject, std::vector<FieldError>> check_arguments(const ToolDefinition& tool,
                                                            const Json& arguments) {
    const JsonObject* given = arguments.if_object();
    if (given == nullptr || serialize_json(arguments).size() > arguments_bytes_max) {
        return fail(Errors{{"arguments", "must be an object of at most 16 KiB"}});
    }
    Errors errors;
    JsonObject checked;
    for (const ToolParameter& parameter : tool.parameters) {
        const Json* value = given->if_contains(parameter.name);
        if (value == nullptr || value->is_null()) {
            if (parameter.default_value) {
                checked[parameter.name] = *parameter.default_value;
            } else if (parameter.required) {
                errors.push_back({parameter.name, "is required"});
            }
            continue;
        }
        std::optional<Json> fit = fitted(*value, parameter.type);
        if (!fit) {
            errors.push_back(
                {parameter.name, "must be of type " + std::string(name_of(parameter.type))});
        } else if (!is_allowed(parameter, *fit)) {
            errors.push_back({parameter.name, "must be one of the values allowed"});
        } else {
            checked[parameter.name] = std::move(*fit);
        }
    }
    if (!errors.empty()) {
        return fail(errors);
    }
    return checked;
}

Result<JsonObject, std::vector<FieldError>> check_arguments_text(const ToolDefinition& tool,
                                                                 std::string_view arguments) {
    if (arguments.find_first_not_of(" \t\r\n") == std::string_view::npos) {
        return check_arguments(tool, JsonObject{});
    }
    const auto parsed = arguments.size() > arguments_bytes_max
                            ? fail(JsonError{"is larger than 16 KiB", {}})
                            : parse_json(arguments);
    if (!parsed) {
        const std::string& path = parsed.error().path;
        return fail(Errors{{path.empty() ? "arguments" : path, parsed.error().message}});
    }
    return check_arguments(tool, *parsed);
}

}  // namespace studio::core
