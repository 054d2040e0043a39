#include "core/tool/internal/action_parser.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/agent/names.hpp"
#include "core/call/phone_number.hpp"
#include "core/context/context_path.hpp"
#include "core/context/template.hpp"

namespace studio::core::internal {

namespace {

constexpr std::size_t actions_max = 64;
constexpr std::size_t depth_max = 8;
constexpr TextRule message_rule{.required = false, .length_max = 4096, .is_template = true};

/// Reports every text inside `json` that is no sound template.
void check_templates(ObjectReader& reader, std::string_view name, const Json& json,
                     std::size_t depth = 0) {
    if (depth > 32) {
        reader.report(name, "is nested too deep");
    } else if (const auto* text = json.if_string()) {
        if (const auto wrong = check_template({text->data(), text->size()})) {
            reader.report(name, *wrong);
        }
    } else if (const JsonArray* list = json.if_array()) {
        for (const Json& item : *list) {
            check_templates(reader, name, item, depth + 1);
        }
    } else if (const JsonObject* object = json.if_object()) {
        for (const auto& member : *object) {
            check_templates(reader, std::string(name) + "." + std::string(member.key()),
                            member.value(), depth + 1);
        }
    }
}

/// A path under its name or an older one. Templates around a path (`{{a.b}}`) are taken off.
std::string read_path(ObjectReader& reader, std::string_view name, std::string_view older = "",
                      bool required = true) {
    std::string path;
    reader.read_text(name, path, {.length_max = 512});
    if (!older.empty()) {
        reader.read_text(older, path, {.length_max = 512});
    }
    if (path.empty()) {
        if (required) {
            reader.report(name, "is required");
        }
    } else if (!is_context_path(path)) {
        reader.report(name, "is not a path");
    }
    return path;
}

/// The value under its name or the older `data`. The bare word `params` means all arguments.
const Json* find_value(ObjectReader& reader) {
    const Json* value = reader.find("value");
    const Json* data = reader.find("data");
    if (value != nullptr && data != nullptr) {
        reader.report("data", "is another spelling of value: give one of them");
    }
    const Json* found = value != nullptr ? value : data;
    if (found != nullptr) {
        check_templates(reader, value != nullptr ? "value" : "data", *found);
    }
    return found;
}

Json with_params(const Json& value) {
    return value.is_string() && value.get_string() == "params" ? Json("{{params}}") : value;
}

ContextSetAction read_context_set(ObjectReader& reader) {
    ContextSetAction action;
    const Json* value = find_value(reader);
    const std::string path = read_path(reader, "path", "key", false);
    if (value == nullptr) {
        reader.report("value", "is required");
    } else if (!path.empty()) {
        action.values.emplace_back(path, with_params(*value));
    } else if (const JsonObject* object = value->if_object()) {
        for (const auto& member : *object) {
            const std::string member_path(member.key().data(), member.key().size());
            if (!is_context_path(member_path)) {
                reader.report("data." + member_path.substr(0, 64), "is not a path");
            }
            action.values.emplace_back(member_path, with_params(member.value()));
        }
    } else {
        reader.report("path", "is required");
    }
    return action;
}

ContextGetAction read_context_get(ObjectReader& reader) {
    ContextGetAction action{.path = read_path(reader, "path", "key"), .name = {}};
    const std::size_t dot = action.path.find_last_of('.');
    action.name = dot == std::string::npos ? action.path : action.path.substr(dot + 1);
    reader.read_text("as", action.name, {.length_max = 64});
    return action;
}

FlagAction read_flag(ObjectReader& reader, bool value) {
    FlagAction action{.flag = {}, .value = value};
    reader.read_text("flag", action.flag, {.required = true, .length_max = 64});
    if (action.flag.starts_with("flags.")) {
        action.flag.erase(0, 6);
    }
    if (!action.flag.empty() && !is_tool_name(action.flag)) {
        reader.report("flag", "must be lower-case letters, digits and underscores");
    }
    return action;
}

RespondAction read_respond(ObjectReader& reader) {
    RespondAction action;
    reader.read_text("message", action.message, message_rule);
    action.message_key = read_path(reader, "message_key", "", false);
    if (action.message.empty() == action.message_key.empty()) {
        reader.report("message", "either message or message_key is required");
    }
    reader.read_boolean("interruptible", action.interruptible);
    return action;
}

void read_headers(ObjectReader& reader, ApiCallAction& action, std::vector<FieldError>& errors) {
    const Json* json = reader.find("headers");
    ObjectReader headers(json, reader.path_of("headers"), errors);
    const JsonObject* object = json == nullptr ? nullptr : json->if_object();
    if (object == nullptr) {
        return;
    }
    if (object->size() > 32) {
        reader.report("headers", "must have at most 32 members");
    }
    for (const auto& member : *object) {
        const std::string name(member.key().data(), member.key().size());
        std::string value;
        headers.read_text(name, value, {.length_max = 4096, .is_template = true});
        if (!is_header_allowed(name)) {
            headers.report(name.substr(0, 64), "is not a header that a tool may set");
        }
        action.headers.emplace_back(name, value);
    }
}

ApiCallAction read_api_call(ObjectReader& reader, bool is_webhook,
                            std::vector<FieldError>& errors) {
    ApiCallAction action;
    reader.read_text("url", action.url, {.length_max = 4096, .is_template = true});
    reader.read_text("endpoint", action.endpoint, {.length_max = 128});
    if (action.url.empty() == action.endpoint.empty()) {
        reader.report(is_webhook ? "endpoint" : "url", "either url or endpoint is required");
    } else if (!action.url.empty()) {
        if (std::string wrong = url_template_error(action.url); !wrong.empty()) {
            reader.report("url", std::move(wrong));
        }
    }
    // An endpoint may bring its own method.
    action.method = action.endpoint.empty() ? (is_webhook ? "POST" : "GET") : "";
    reader.read_text("method", action.method, {.length_max = 8});
    constexpr std::array<std::string_view, 6> methods = {"",    "GET",   "POST",
                                                         "PUT", "PATCH", "DELETE"};
    if (std::find(methods.begin(), methods.end(), action.method) == methods.end()) {
        reader.report("method", "must be GET, POST, PUT, PATCH or DELETE");
    }
    read_headers(reader, action, errors);
    for (const std::string_view name : {"body", "payload", "data"}) {
        if (const Json* body = reader.find(name)) {
            check_templates(reader, name, *body);
            action.body = with_params(*body);
        }
    }
    if (reader.find("timeout") != nullptr) {
        milliseconds timeout = seconds(30);
        reader.read_seconds("timeout", timeout, milliseconds(100), seconds(60));
        action.timeout = timeout;
    }
    for (const std::string_view name : {"retry", "retry_count", "retries"}) {
        if (reader.find(name) != nullptr) {
            int retries = 0;
            reader.read_integer(name, retries, 0, 5);
            action.retries = retries;
        }
    }
    action.save_as = read_path(reader, "save_as", "", false);
    return action;
}

TransformAction read_transform(ObjectReader& reader) {
    TransformAction action;
    const Json* value = find_value(reader);
    if (value == nullptr) {
        reader.report("value", "is required");
    } else {
        action.value = with_params(*value);
    }
    action.path = read_path(reader, "path", "key");
    reader.read_text("separator", action.separator, {.length_max = 64});
    constexpr std::array<std::string_view, 10> names = {"copy", "lower",   "upper",     "title",
                                                        "trim", "to_text", "to_number", "length",
                                                        "join", "split"};
    std::string operation = "copy";
    reader.read_text("operation", operation);
    const auto found = std::find(names.begin(), names.end(), operation);
    if (found == names.end()) {
        reader.report("operation",
                      "must be copy, lower, upper, title, trim, to_text, to_number, length, join "
                      "or split");
    } else {
        action.operation = static_cast<TransformOperation>(found - names.begin());
    }
    if (action.operation == TransformOperation::split && action.separator.empty()) {
        reader.report("separator", "is required");
    }
    return action;
}

HandoffAction read_handoff(ObjectReader& reader) {
    HandoffAction action;
    reader.read_text("target_agent", action.target_agent, {.length_max = 63});
    reader.read_text("agent", action.target_agent, {.length_max = 63});
    if (!is_agent_name(action.target_agent)) {
        reader.report("target_agent", "must be the name of an agent");
    }
    reader.read_text("message", action.message, message_rule);
    return action;
}

EndCallAction read_end_call(ObjectReader& reader) {
    EndCallAction action{.reason = "tool_ended", .message = {}};
    reader.read_text("reason", action.reason, {.length_max = 64});
    if (!is_tool_name(action.reason)) {
        reader.report("reason", "must be lower-case letters, digits and underscores");
    }
    reader.read_text("message", action.message, message_rule);
    return action;
}

TransferAction read_transfer(ObjectReader& reader) {
    TransferAction action;
    reader.read_text("to", action.target,
                     {.required = true, .length_max = 512, .is_template = true});
    const bool is_plain = action.target.find("{{") == std::string::npos;
    if (!action.target.empty() && is_plain && !is_transfer_target(action.target)) {
        reader.report("to", "must be a number such as +14155550123, or a SIP URI");
    }
    reader.read_text("message", action.message, message_rule);
    return action;
}

SendDigitsAction read_send_digits(ObjectReader& reader) {
    SendDigitsAction action;
    reader.read_text("digits", action.digits,
                     {.required = true, .length_max = 512, .is_template = true});
    const bool is_plain = action.digits.find("{{") == std::string::npos;
    if (!action.digits.empty() && is_plain && !is_digit_string(action.digits)) {
        reader.report("digits", "must be at most 64 of 0-9, *, #, A-D and w");
    }
    return action;
}

std::optional<Condition> read_condition(ObjectReader& reader) {
    std::string text;
    reader.read_text("condition", text, {.length_max = 1024});
    if (text.empty()) {
        return std::nullopt;
    }
    auto condition = Condition::parse(text);
    if (!condition) {
        reader.report("condition", condition.error().message + " (at byte " +
                                       std::to_string(condition.error().offset) + ")");
        return std::nullopt;
    }
    return *condition;
}

template <class Number>
void read_bound(ObjectReader& reader, std::string_view name, std::optional<Number>& target,
                double least) {
    if (reader.find(name) != nullptr) {
        double number = 0;
        reader.read_number(name, number, least, 1e15);
        target = static_cast<Number>(number);
    }
}

}  // namespace

bool is_past_server(std::string_view before, bool starts_with_value) {
    const std::size_t scheme = before.find("://");
    if (scheme == std::string_view::npos) {
        return starts_with_value && before.find_first_of("/?#") != std::string_view::npos;
    }
    return before.find_first_of("/?#", scheme + 3) != std::string_view::npos;
}

std::string url_template_error(std::string_view url) {
    TemplateReader parts(url);
    std::string literal;
    bool starts_with_value = false;
    while (const auto part = parts.next()) {
        if (!part->is_path) {
            literal += part->text;
            continue;
        }
        starts_with_value = starts_with_value || literal.empty();
        const bool trusted = part->text.starts_with("user.") || part->text.starts_with("tenant.");
        if (!trusted && !is_past_server(literal, starts_with_value)) {
            return "only user and tenant values may stand before the path";
        }
    }
    const bool is_http = literal.starts_with("http://") || literal.starts_with("https://");
    return is_http || starts_with_value ? "" : "must be an http or https URL";
}

bool is_transfer_target(std::string_view text) {
    if (parse_phone_number(text)) {
        return true;
    }
    const std::size_t scheme = text.starts_with("sip:") ? 4 : text.starts_with("sips:") ? 5 : 0;
    return scheme > 0 && text.size() > scheme && text.size() <= 512 &&
           std::all_of(text.begin(), text.end(), [](char character) {
               return character > ' ' && character < '\x7f' && character != '<' &&
                      character != '>' && character != '"';
           });
}

bool is_digit_string(std::string_view text) {
    return !text.empty() && text.size() <= 64 &&
           text.find_first_not_of("0123456789*#ABCDabcdwW") == std::string_view::npos;
}

bool is_header_allowed(std::string_view name) {
    if (is_fencing_header(name)) {
        return false;
    }
    constexpr std::string_view token_marks = "!#$%&'*+-.^_`|~";
    constexpr std::array<std::string_view, 8> framing = {
        "host", "content-length", "transfer-encoding", "connection", "upgrade",
        "te",   "trailer",        "proxy-connection"};
    std::string lower;
    for (const char character : name) {
        const bool letter = (character >= 'a' && character <= 'z') ||
                            (character >= 'A' && character <= 'Z') ||
                            (character >= '0' && character <= '9');
        if (!letter && token_marks.find(character) == std::string_view::npos) {
            return false;
        }
        lower += character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a')
                                                      : character;
    }
    return !lower.empty() && lower.size() <= 64 &&
           std::find(framing.begin(), framing.end(), lower) == framing.end();
}

ActionProgram ActionParser::parse(ObjectReader& owner, std::string_view member) {
    ActionProgram program;
    read_list(owner, member, program, 0);
    return program;
}

void ActionParser::read_list(ObjectReader& owner, std::string_view member, ActionProgram& program,
                             std::size_t depth) {
    const JsonArray* list = owner.find_list(member, actions_max);
    if (list == nullptr) {
        return;
    }
    if (depth > depth_max) {
        owner.report(member, "is nested too deep");
        return;
    }
    for (std::size_t index = 0; index < list->size(); ++index) {
        if (++count_ > actions_max) {
            owner.report(member, "the tool has more than 64 actions");
            return;
        }
        read_action((*list)[index], item_path(owner.path_of(member), index), program, depth);
    }
}

void ActionParser::read_action(const Json& json, const std::string& path, ActionProgram& program,
                               std::size_t depth) {
    ObjectReader reader(&json, path, errors_);
    if (!json.is_object()) {
        return;
    }
    std::string type;
    reader.read_text("type", type, {.required = true, .length_max = 64});
    if (type == "respond") {
        program.emplace_back(read_respond(reader));
    } else if (type == "context.set") {
        program.emplace_back(read_context_set(reader));
    } else if (type == "context.get") {
        program.emplace_back(read_context_get(reader));
    } else if (type == "context.delete") {
        program.emplace_back(ContextDeleteAction{.path = read_path(reader, "path", "key")});
    } else if (type == "flag.set" || type == "flag.clear") {
        program.emplace_back(read_flag(reader, type == "flag.set"));
    } else if (type == "api_call" || type == "webhook") {
        program.emplace_back(read_api_call(reader, type == "webhook", errors_));
    } else if (type == "conditional") {
        read_conditional(reader, program, depth);
    } else if (type == "validate") {
        read_rules(reader, program);
    } else if (type == "transform") {
        program.emplace_back(read_transform(reader));
    } else if (type == "handoff") {
        program.emplace_back(read_handoff(reader));
    } else if (type == "end_call") {
        program.emplace_back(read_end_call(reader));
    } else if (type == "transfer") {
        program.emplace_back(read_transfer(reader));
    } else if (type == "send_digits") {
        program.emplace_back(read_send_digits(reader));
    } else if (type == "log") {
        LogAction action;
        reader.read_text("message", action.message,
                         {.required = true, .length_max = 4096, .is_template = true});
        program.emplace_back(std::move(action));
    } else if (!type.empty()) {
        reader.report("type",
                      "is not a known action; known are: respond, context.set, context.get, "
                      "context.delete, flag.set, flag.clear, api_call, webhook, conditional, "
                      "validate, transform, handoff, end_call, transfer, send_digits, log");
        return;
    }
    reader.finish();
}

void ActionParser::read_conditional(ObjectReader& reader, ActionProgram& program,
                                    std::size_t depth) {
    std::optional<Condition> condition = read_condition(reader);
    if (!condition) {
        if (reader.find("condition") == nullptr) {
            reader.report("condition", "is required");
        }
        condition.emplace();
    }
    const std::size_t branch = program.size();
    program.emplace_back(JumpUnless{.condition = *condition, .target = 0});
    read_list(reader, "then", program, depth + 1);
    const std::size_t skip = program.size();
    program.emplace_back(Jump{.target = 0});
    std::get<JumpUnless>(program[branch]).target = program.size();
    read_list(reader, "else", program, depth + 1);
    std::get<Jump>(program[skip]).target = program.size();
}

void ActionParser::read_rules(ObjectReader& reader, ActionProgram& program) {
    ValidateAction action;
    const JsonArray* list = reader.find_list("rules", 32);
    if (list == nullptr || list->empty()) {
        reader.report("rules", "at least one rule is required");
        return;
    }
    for (std::size_t index = 0; index < list->size(); ++index) {
        ValidationRule rule;
        ObjectReader item(&(*list)[index], item_path(reader.path_of("rules"), index), errors_);
        rule.condition = read_condition(item);
        rule.path = read_path(item, "path", "param", !rule.condition.has_value());
        item.read_boolean("required", rule.required);
        read_bound(item, "min", rule.least, -1e15);
        read_bound(item, "max", rule.most, -1e15);
        read_bound(item, "min_length", rule.length_least, 0);
        read_bound(item, "max_length", rule.length_most, 0);
        item.read_texts("enum", rule.one_of, 128);
        item.read_text("message", rule.message, message_rule);
        item.finish();
        action.rules.push_back(std::move(rule));
    }
    program.emplace_back(std::move(action));
}

}  // namespace studio::core::internal
