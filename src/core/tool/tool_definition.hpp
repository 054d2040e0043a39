#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "core/agent/field_error.hpp"
#include "core/tool/action.hpp"

namespace studio::core {

/// The types of JSON Schema that an argument may have.
enum class ParameterType : std::uint8_t { string, integer, number, boolean, array, object };

/// One argument that the model must or may give.
struct ToolParameter {
    std::string name;
    ParameterType type = ParameterType::string;
    bool required = false;
    /// For texts: the values allowed; empty allows all.
    std::vector<std::string> enum_values;
    std::string description;
    /// Used where the model gives none. Of the parameter's type.
    std::optional<Json> default_value;
};

/// A tool as tenants declare it: what the model must find out, and the chain of actions that then
/// runs. A checked, immutable value, shared by the runs of every call that uses it.
struct ToolDefinition {
    std::string name;
    std::string description;
    std::vector<ToolParameter> parameters;
    ActionProgram actions;
    /// Runs after all actions succeeded.
    ActionProgram on_success;
    /// Runs after one failed; `{{error}}` says why.
    ActionProgram on_failure;
    /// The object that it was read from, for whoever must write the tool down again.
    Json source;
};

/// Reads and checks a tool. `config` is the API's object {description, parameters, actions,
/// on_success, on_failure}; `name` and, where the config has none, `description` come from the
/// resource. Every error is reported, with its path from `root` (`config.actions[2].url`). At most
/// 32 parameters, 64 actions in all and 8 levels of conditionals.
[[nodiscard]] Result<ToolDefinition, std::vector<FieldError>> parse_tool_definition(
    std::string_view name, const Json& config, std::string_view description = "",
    std::string_view root = "config");

/// The JSON Schema object of the parameters, as language models want it.
[[nodiscard]] Json to_json_schema(const ToolDefinition& tool);

/// Checks what the model gave against the parameters. Harmless differences that models make are
/// mended: numbers and booleans written as text, numbers where text is wanted, 2.0 for an integer.
/// Unknown arguments are dropped, because models invent some; null counts as absent; defaults are
/// filled in. Else every wrong argument is reported by its name. `arguments` above 16 KiB is
/// refused.
[[nodiscard]] Result<JsonObject, std::vector<FieldError>> check_arguments(
    const ToolDefinition& tool, const Json& arguments);

/// The same from the text that a model wrote; an empty text means no arguments.
[[nodiscard]] Result<JsonObject, std::vector<FieldError>> check_arguments_text(
    const ToolDefinition& tool, std::string_view arguments);

}  // namespace studio::core
