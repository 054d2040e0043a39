#include "core/tool/internal/tool_step.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/context/context_path.hpp"
#include "core/context/template.hpp"
#include "core/tool/internal/action_parser.hpp"
#include "core/tool/internal/transform.hpp"

namespace studio::core::internal {

namespace {

constexpr std::size_t url_bytes_max = 8192;

std::string_view view_of(const Json& value) {
    const auto* text = value.if_string();
    return text == nullptr ? std::string_view{} : std::string_view(text->data(), text->size());
}

std::optional<std::size_t> length_of(const Json* value) {
    if (value == nullptr) {
        return std::nullopt;
    }
    const JsonArray* list = value->if_array();
    return list != nullptr ? list->size() : text_of_value(*value).size();
}

/// `/users/{user_id}` of a named endpoint, as a template.
std::string to_template(std::string_view path) {
    std::string result;
    for (const char character : path) {
        result += character == '{' ? "{{" : character == '}' ? "}}" : std::string(1, character);
    }
    return result;
}

bool is_sendable_url(std::string_view url) {
    const bool is_http = url.starts_with("http://") || url.starts_with("https://");
    return is_http && url.size() <= url_bytes_max &&
           std::all_of(url.begin(), url.end(), [](char character) {
               const auto byte = static_cast<unsigned char>(character);
               return byte > 0x20 && byte != 0x7F;
           });
}

}  // namespace

StepResult ToolStep::run(const Action& action) {
    result_ = {};
    std::visit([this](const auto& one) { on_action(one); }, action);
    return std::move(result_);
}

const Json* ToolStep::find(std::string_view path) const {
    const Json* local = JsonSource(locals_).find(path);
    return local != nullptr ? local : context_.find(path);
}

void ToolStep::say(std::string_view message, bool interruptible) {
    std::string text = render_text(message, *this).text;
    if (text.find_first_not_of(" \t\r\n") != std::string::npos) {
        result_.outputs.emplace_back(ToolSay{std::move(text), interruptible});
    }
}

void ToolStep::set(std::string_view path, Json value) {
    const auto outcome = context_.set(path, std::move(value));
    if (!outcome) {
        result_.error =
            std::string(path) + " could not be set: " + std::string(name_of(outcome.error()));
    }
}

void ToolStep::on_action(const RespondAction& action) {
    if (action.message_key.empty()) {
        say(action.message, action.interruptible);
        return;
    }
    const Json* message = find(action.message_key);
    if (message == nullptr || !message->is_string()) {
        result_.error = "no message is kept at " + action.message_key;
        return;
    }
    say(view_of(*message), action.interruptible);
}

void ToolStep::on_action(const ContextSetAction& action) {
    for (const auto& [path, value] : action.values) {
        RenderedValue rendered = render_value(value, *this);
        if (rendered.truncated) {
            result_.error = "the value for " + path + " is too large";
        } else {
            set(path, std::move(rendered.value));
        }
        if (result_.error) {
            return;
        }
    }
}

void ToolStep::on_action(const ContextGetAction& action) {
    const Json* value = find(action.path);
    result_.data.emplace_back(action.name, value == nullptr ? Json(nullptr) : *value);
}

void ToolStep::on_action(const ContextDeleteAction& action) {
    const auto outcome = context_.erase(action.path);
    if (!outcome && outcome.error() != ContextError::not_found) {
        result_.error =
            action.path + " could not be deleted: " + std::string(name_of(outcome.error()));
    }
}

void ToolStep::on_action(const FlagAction& action) {
    set("flags." + action.flag, action.value);
}

void ToolStep::set_body(const Json& body, HttpNeeded& request) {
    RenderedValue rendered = render_value(body, *this);
    if (rendered.truncated) {
        result_.error = "the request's body is too large";
        return;
    }
    request.body = serialize_json(rendered.value);
    const bool has_type =
        std::any_of(request.headers.begin(), request.headers.end(), [](const auto& header) {
            return header.first.size() == 12 && (header.first[0] | 0x20) == 'c' &&
                   (header.first[8] | 0x20) == 't';
        });
    if (!has_type) {
        request.headers.emplace_back("Content-Type", "application/json");
    }
}

std::optional<std::string> ToolStep::render_url(const ApiCallAction& action, std::string& method) {
    std::string text = action.url;
    if (!action.endpoint.empty()) {
        const Json* endpoints = find("tenant.settings.endpoints");
        const Json* endpoint =
            endpoints == nullptr ? nullptr : find_member(*endpoints, action.endpoint);
        if (endpoint == nullptr) {
            result_.error = "the tenant has no endpoint " + action.endpoint;
            return std::nullopt;
        }
        const Json* base = find("tenant.settings.api_config.base_url");
        text = (base == nullptr ? "" : text_of_value(*base)) +
               to_template(member_text(*endpoint, "path", member_text(*endpoint, "url")));
        method = method.empty() ? member_text(*endpoint, "method", "POST") : method;
    }
    TemplateReader parts(text);
    std::string literal;
    std::string url;
    bool starts_with_value = false;
    while (const auto part = parts.next()) {
        if (!part->is_path) {
            literal += part->text;
            url += part->text;
            continue;
        }
        starts_with_value = starts_with_value || literal.empty();
        const bool raw = !is_past_server(literal, starts_with_value);
        const std::string whole = "{{" + std::string(part->text) + "}}";
        url += render_text(whole, *this,
                           {.escape = raw ? Escape::none : Escape::url_component,
                            .bytes_max = url_bytes_max})
                   .text;
    }
    if (!is_sendable_url(url)) {
        result_.error = "the request's URL is not an http or https URL";
        return std::nullopt;
    }
    return url;
}

void ToolStep::on_action(const ApiCallAction& action) {
    HttpNeeded request{.method = action.method,
                       .url = {},
                       .headers = {},
                       .body = {},
                       .timeout = milliseconds(30'000),
                       .retries = 0};
    auto url = render_url(action, request.method);
    if (!url) {
        return;
    }
    request.url = *std::move(url);
    for (const auto& [name, value] : action.headers) {
        request.headers.emplace_back(
            name, render_text(value, *this, {.escape = Escape::header, .bytes_max = 8192}).text);
    }
    if (action.body) {
        set_body(*action.body, request);
    }
    const Json* timeout = find("tenant.settings.api_config.timeout");
    if (action.timeout) {
        request.timeout = *action.timeout;
    } else if (timeout != nullptr && timeout->is_number()) {
        const double tenant_seconds = std::clamp(timeout->to_number<double>(), 0.1, 60.0);
        request.timeout = milliseconds(std::llround(tenant_seconds * 1000.0));
    }
    // RFC 9110, section 9.2.2: sending POST or PATCH twice may do twice what was wanted once.
    const bool is_idempotent = request.method != "POST" && request.method != "PATCH";
    const Json* retries = find("tenant.settings.api_config.retry_count");
    if (action.retries) {
        request.retries = *action.retries;
    } else if (is_idempotent) {
        request.retries =
            retries != nullptr && retries->is_int64()
                ? static_cast<int>(std::clamp<std::int64_t>(retries->get_int64(), 0, 5))
                : 2;
    }
    if (!result_.error) {
        result_.outputs.emplace_back(std::move(request));
        result_.waits = true;
    }
}

std::string ToolStep::rule_error(const ValidationRule& rule) const {
    const Json* value = rule.path.empty() ? nullptr : find(rule.path);
    const bool is_absent = value == nullptr || value->is_null();
    if (rule.condition && !rule.condition->holds(*this)) {
        return "the condition '" + rule.condition->text() + "' does not hold";
    }
    if (is_absent) {
        return rule.required ? rule.path + " is missing" : "";
    }
    if (rule.required && !is_truthy(value) && value->is_string()) {
        return rule.path + " is empty";
    }
    if (rule.least || rule.most) {
        const auto number = to_number(*value);
        if (!number || (rule.least && *number < *rule.least) ||
            (rule.most && *number > *rule.most)) {
            return rule.path + " is out of range";
        }
    }
    const auto length = length_of(value);
    if ((rule.length_least && *length < *rule.length_least) ||
        (rule.length_most && *length > *rule.length_most)) {
        return rule.path + " has a wrong length";
    }
    if (!rule.one_of.empty() && std::find(rule.one_of.begin(), rule.one_of.end(),
                                          text_of_value(*value)) == rule.one_of.end()) {
        return rule.path + " is not one of the values allowed";
    }
    return "";
}

void ToolStep::on_action(const ValidateAction& action) {
    std::string errors;
    for (const ValidationRule& rule : action.rules) {
        std::string error = rule_error(rule);
        if (error.empty()) {
            continue;
        }
        if (!rule.message.empty()) {
            error = render_text(rule.message, *this).text;
        }
        errors += (errors.empty() ? "" : "; ") + error;
    }
    if (!errors.empty()) {
        result_.error = std::move(errors);
    }
}

void ToolStep::on_action(const TransformAction& action) {
    RenderedValue rendered = render_value(action.value, *this);
    auto value = rendered.truncated ? std::nullopt
                                    : transform(rendered.value, action.operation, action.separator);
    if (!value) {
        result_.error = "the value for " + action.path + " could not be transformed";
        return;
    }
    set(action.path, *std::move(value));
}

void ToolStep::on_action(const HandoffAction& action) {
    say(action.message);
    result_.outputs.emplace_back(ToolHandoff{.target_agent = action.target_agent});
}

void ToolStep::on_action(const EndCallAction& action) {
    say(action.message);
    result_.outputs.emplace_back(ToolEndCall{.reason = action.reason});
}

void ToolStep::on_action(const TransferAction& action) {
    std::string target = render_text(action.target, *this).text;
    if (!is_transfer_target(target)) {
        result_.error =
            "the target is neither a telephone number with + and country code nor a "
            "SIP URI";
        return;
    }
    say(action.message);
    result_.outputs.emplace_back(TransferNeeded{.target = std::move(target)});
    result_.waits = true;
}

void ToolStep::on_action(const SendDigitsAction& action) {
    std::string digits = render_text(action.digits, *this).text;
    if (!is_digit_string(digits)) {
        result_.error = "the digits may be 0-9, *, #, A-D and w, at most 64";
        return;
    }
    result_.outputs.emplace_back(DigitsNeeded{.digits = std::move(digits)});
    result_.waits = true;
}

void ToolStep::on_action(const LogAction& action) {
    context_.add_history(
        "log", JsonObject{{"tool", tool_}, {"message", render_text(action.message, *this).text}});
}

void ToolStep::on_action(const JumpUnless& action) {
    if (!action.condition.holds(*this)) {
        result_.jump = action.target;
    }
}

}  // namespace studio::core::internal
