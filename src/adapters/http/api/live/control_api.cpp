#include "adapters/http/api/live/control_api.hpp"

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "adapters/http/server/replies.hpp"
#include "base/utf8.hpp"
#include "core/call/phone_number.hpp"

namespace studio::adapters {
namespace {

using Kind = core::CallCommand::Kind;

/// Of what is said, in characters: some minutes of speech.
constexpr std::size_t said_length_max = 2'000;
constexpr std::size_t note_length_max = 4'000;
constexpr std::size_t agent_length_max = 63;

/// Reads the members of a body and reports what is wrong with them.
class BodyReader {
public:
    explicit BodyReader(const Json& body) : body_(body.get_object()) {}

    /// Nothing where it is absent or null.
    [[nodiscard]] std::optional<std::string> text(const char* name, std::size_t length_max) {
        const Json* const value = find(name);
        if (value == nullptr) {
            return std::nullopt;
        }
        const bool is_text = value->is_string();
        std::string text = is_text ? std::string(value->get_string()) : std::string();
        if (!is_text || text.find_first_not_of(" \t\r\n") == std::string::npos ||
            count_characters(text) > length_max) {
            report(name, "must be a text of 1 to " + std::to_string(length_max) +
                             " characters that is more than blanks");
        }
        return text;
    }
    [[nodiscard]] std::optional<bool> boolean(const char* name) {
        const Json* const value = find(name);
        if (value == nullptr) {
            return std::nullopt;
        }
        if (!value->is_bool()) {
            report(name, "must be true or false");
            return false;
        }
        return value->get_bool();
    }
    [[nodiscard]] const Json* find(const char* name) {
        known_.insert(name);
        const Json* const value = body_.if_contains(name);
        return value == nullptr || value->is_null() ? nullptr : value;
    }
    void report(const std::string& name, std::string message) {
        errors_.push_back({name, std::move(message)});
    }
    /// Unknown members included. Call last.
    [[nodiscard]] std::vector<core::FieldError> finish() {
        for (const auto& member : body_) {
            if (const std::string name(member.key()); !known_.contains(name)) {
                report(name, "is not known here");
            }
        }
        return std::move(errors_);
    }

private:
    const JsonObject& body_;
    std::set<std::string, std::less<>> known_;
    std::vector<core::FieldError> errors_;
};

}  // namespace

std::vector<Route> ControlApi::routes() {
    const auto handler = [this](auto member) { return handler_of(*this, member); };
    const std::string one = "/api/v1/calls/{id}";
    const auto json = BodyKind::json;
    const std::string scope(scope_of_table);
    return {{"POST", one + "/say", scope, json, handler(&ControlApi::on_say)},
            {"POST", one + "/inject", scope, json, handler(&ControlApi::on_inject)},
            {"POST", one + "/transfer", scope, json, handler(&ControlApi::on_transfer)},
            {"POST", one + "/mute_agent", scope, json, handler(&ControlApi::on_mute)}};
}

Task<ApiReply> ControlApi::order(ApiRequest request, core::CallCommand command) {
    const bool takes_time =
        command.kind == Kind::transfer_to_agent || command.kind == Kind::transfer_to_number;
    const auto done =
        co_await control_.order(std::move(request.principal.tenant_id),
                                CallId(std::move(request.parameters.at(0))), std::move(command));
    if (!done) {
        co_return error_reply(done.error());
    }
    if (takes_time) {
        co_return json_reply(202, JsonObject{{"status", "accepted"}});
    }
    co_return json_reply(200, JsonObject{{"status", "applied"}});
}

Task<ApiReply> ControlApi::on_say(ApiRequest request) {
    BodyReader body(request.json);
    auto text = body.text("text", said_length_max);
    const bool interrupts = body.boolean("interrupt").value_or(false);
    if (!text) {
        body.report("text", "is required");
    }
    auto errors = body.finish();
    if (!errors.empty()) {
        co_return error_reply(services::invalid(std::move(errors)));
    }
    core::CallCommand command{Kind::say, std::move(*text), interrupts};
    co_return co_await order(std::move(request), std::move(command));
}

Task<ApiReply> ControlApi::on_inject(ApiRequest request) {
    BodyReader body(request.json);
    auto message = body.text("message", note_length_max);
    const Json* const context = body.find("context");
    const bool answers = body.boolean("respond").value_or(false);
    if (message.has_value() == (context != nullptr)) {
        body.report("message", "either message or context is required");
    }
    std::string note = message.value_or("");
    if (context != nullptr) {
        note = "What you should know: " + serialize_json(*context);
        if (!context->is_object() || count_characters(note) > note_length_max) {
            body.report("context", "must be an object of at most " +
                                       std::to_string(note_length_max) + " characters");
        }
    }
    auto errors = body.finish();
    if (!errors.empty()) {
        co_return error_reply(services::invalid(std::move(errors)));
    }
    core::CallCommand command{Kind::inject, std::move(note), answers};
    co_return co_await order(std::move(request), std::move(command));
}

Task<ApiReply> ControlApi::on_transfer(ApiRequest request) {
    BodyReader body(request.json);
    auto agent = body.text("agent", agent_length_max);
    auto number = body.text("number", agent_length_max);
    if (agent.has_value() == number.has_value()) {
        body.report("agent", "either agent or number is required");
    }
    if (number && !core::parse_phone_number(*number)) {
        body.report("number", "must be a number in E.164 form, such as +14155550123");
    }
    auto errors = body.finish();
    if (!errors.empty()) {
        co_return error_reply(services::invalid(std::move(errors)));
    }
    core::CallCommand command{Kind::transfer_to_agent, agent.value_or("")};
    if (number) {
        command = {Kind::transfer_to_number, *number};
    }
    co_return co_await order(std::move(request), std::move(command));
}

Task<ApiReply> ControlApi::on_mute(ApiRequest request) {
    BodyReader body(request.json);
    const auto muted = body.boolean("muted");
    if (!muted) {
        body.report("muted", "is required");
    }
    auto errors = body.finish();
    if (!errors.empty()) {
        co_return error_reply(services::invalid(std::move(errors)));
    }
    core::CallCommand command{Kind::mute_agent, {}, *muted};
    co_return co_await order(std::move(request), std::move(command));
}

}  // namespace studio::adapters
