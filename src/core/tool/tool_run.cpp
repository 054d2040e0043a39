#include "core/tool/tool_run.hpp"

#include <algorithm>
#include <array>

#include "base/utf8.hpp"
#include "core/tool/internal/tool_step.hpp"

namespace studio::core {

namespace {

constexpr std::array<std::string_view, 4> state_names = {"idle", "running", "waiting", "finished"};
constexpr std::array<std::string_view, 3> chain_names = {"actions", "on_success", "on_failure"};

template <class Enum, std::size_t Count>
std::optional<Enum> find_name(const std::array<std::string_view, Count>& names,
                              std::string_view name) {
    for (std::size_t index = 0; index < Count; ++index) {
        if (names[index] == name) {
            return static_cast<Enum>(index);
        }
    }
    return std::nullopt;
}

/// JSON where the body is JSON, else the text; either such that it can be kept and sent on.
Json parse_body(const std::string& body) {
    auto parsed = parse_json(body, json_to_repair);
    return parsed ? std::move(*parsed) : Json(to_plain_text(body));
}

/// What a model reads costs tokens, and a server may answer with anything.
constexpr std::size_t response_bytes_max = 16U << 10U;
constexpr std::size_t begin_bytes_max = 4U << 10U;

/// The first bytes of a long text, up to a whole character.
std::string_view begin_of(std::string_view text) {
    std::size_t size = std::min(text.size(), begin_bytes_max);
    while (size < text.size() && size > 0 &&
           (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) {
        --size;
    }
    return text.substr(0, size);
}

/// The response, or of a long one how it begins and how long it is.
Json for_model(const Json& response) {
    const Json* size = find_member(response, "body_bytes");
    if (size == nullptr && memory_estimate(response) <= response_bytes_max) {
        return response;
    }
    const Json* body = find_member(response, "body");
    const std::string text = body == nullptr     ? std::string()
                             : body->is_string() ? member_text(response, "body")
                                                 : serialize_json(*body);
    JsonObject told{{"status", response.at("status")}, {"body_begin", begin_of(text)}};
    if (size == nullptr) {
        told["body_bytes"] = text.size();
    } else if (*size != Json(std::uint64_t{0})) {
        told["body_bytes"] = *size;
    }
    return told;
}

}  // namespace

std::optional<ToolRun> ToolRun::load(std::shared_ptr<const ToolDefinition> tool,
                                     const Json& saved) {
    ToolRun run(std::move(tool));
    const auto state = find_name<State>(state_names, member_text(saved, "state"));
    const auto chain = find_name<Chain>(chain_names, member_text(saved, "chain"));
    const Json* next = find_member(saved, "next");
    const Json* locals = find_member(saved, "locals");
    const Json* data = find_member(saved, "data");
    const Json* spoken = find_member(saved, "spoken");
    const bool complete = state && chain && next != nullptr && next->is_int64() &&
                          locals != nullptr && locals->is_object() && data != nullptr &&
                          data->is_object() && spoken != nullptr && spoken->is_array() &&
                          member_text(saved, "tool") == run.tool_->name;
    if (!complete) {
        return std::nullopt;
    }
    run.chain_ = *chain;
    const std::int64_t index = next->get_int64();
    if (index < 0 || static_cast<std::size_t>(index) > run.program().size()) {
        return std::nullopt;
    }
    run.next_ = static_cast<std::size_t>(index);
    run.state_ = *state == State::waiting ? State::running : *state;
    run.locals_ = locals->get_object();
    run.data_ = data->get_object();
    run.error_ = member_text(saved, "error");
    for (const Json& text : spoken->get_array()) {
        run.spoken_.push_back(text.is_string() ? std::string(text.get_string()) : std::string());
    }
    return run;
}

Json ToolRun::save() const {
    JsonArray spoken;
    for (const std::string& text : spoken_) {
        spoken.emplace_back(text);
    }
    return {{"tool", tool_->name},
            {"state", state_names[static_cast<std::size_t>(state_)]},
            {"chain", chain_names[static_cast<std::size_t>(chain_)]},
            {"next", static_cast<std::int64_t>(next_)},
            {"locals", locals_},
            {"data", data_},
            {"error", error_},
            {"spoken", spoken}};
}

void ToolRun::handle(const ToolInput& input, CallContext& context) {
    if (const auto* begin = std::get_if<ToolStart>(&input); begin && state_ == State::idle) {
        start(*begin, context);
    } else if (std::holds_alternative<ToolResume>(input) && state_ == State::running) {
        run(context);
    } else if (const auto* answer = std::get_if<ToolHttpFinished>(&input);
               answer && waits_for<ApiCallAction>()) {
        on_response(*answer, context);
    } else if (const auto* failure = std::get_if<ToolHttpFailed>(&input);
               failure && waits_for<ApiCallAction>()) {
        fail_action("the request failed: " + failure->reason, context);
        run(context);
    } else if (const auto* done = std::get_if<ToolPhoneDone>(&input);
               done && state_ == State::waiting && !waits_for<ApiCallAction>()) {
        on_phone(*done, context);
    }
}

std::optional<ToolOutput> ToolRun::poll_output() {
    if (outputs_.empty()) {
        return std::nullopt;
    }
    ToolOutput output = std::move(outputs_.front());
    outputs_.pop_front();
    return output;
}

void ToolRun::start(const ToolStart& start, CallContext& context) {
    state_ = State::running;
    auto arguments = check_arguments_text(*tool_, start.arguments);
    if (!arguments) {
        std::string error = "the arguments are wrong:";
        for (const FieldError& wrong : arguments.error()) {
            error += " " + wrong.field + " " + wrong.message + ";";
        }
        error.pop_back();
        fail_action(std::move(error), context);
    } else if (!context.set_params(*std::move(arguments))) {
        fail_action("the arguments are too large", context);
    }
    run(context);
}

void ToolRun::on_phone(const ToolPhoneDone& done, CallContext& context) {
    const bool is_transfer = waits_for<TransferAction>();
    state_ = State::running;
    if (!done.error.empty()) {
        fail_action("the telephone: " + done.error, context);
    } else {
        if (is_transfer) {
            // The caller speaks with others now.
            outputs_.emplace_back(ToolEndCall{.reason = "transferred"});
        }
        ++next_;
    }
    run(context);
}

void ToolRun::on_response(const ToolHttpFinished& answer, CallContext& context) {
    const int status = answer.status;
    JsonObject response{{"status", status}};
    if (answer.is_cut) {
        response["body"] = std::string(begin_of(answer.body));
        response["body_bytes"] = answer.whole_bytes;
    } else {
        response["body"] = parse_body(answer.body);
    }
    locals_["response"] = std::move(response);
    state_ = State::running;
    const auto& call = std::get<ApiCallAction>(program()[next_]);
    if (status < 200 || status > 299) {
        fail_action("the server answered with status " + std::to_string(status), context);
    } else {
        ++next_;
        if (!call.save_as.empty()) {
            const auto kept = context.set(call.save_as, locals_["response"].get_object()["body"]);
            if (!kept) {
                fail_action("the response could not be kept: " + std::string(name_of(kept.error())),
                            context);
            }
        }
    }
    run(context);
}

const ActionProgram& ToolRun::program() const {
    switch (chain_) {
        case Chain::on_success:
            return tool_->on_success;
        case Chain::on_failure:
            return tool_->on_failure;
        case Chain::actions:
            break;
    }
    return tool_->actions;
}

void ToolRun::run(CallContext& context) {
    while (state_ == State::running) {
        if (next_ < program().size()) {
            // Programs only jump forwards, so this ends.
            internal::ToolStep step(tool_->name, context, locals_);
            internal::StepResult result = step.run(program()[next_]);
            for (auto& [name, value] : result.data) {
                data_[name] = std::move(value);
            }
            for (ToolOutput& output : result.outputs) {
                if (const auto* words = std::get_if<ToolSay>(&output)) {
                    spoken_.push_back(words->text);
                }
                outputs_.push_back(std::move(output));
            }
            if (result.waits) {
                state_ = State::waiting;
            } else if (result.error) {
                fail_action(std::move(*result.error), context);
            } else {
                next_ = result.jump.value_or(next_ + 1);
            }
        } else if (chain_ == Chain::actions) {
            chain_ = Chain::on_success;
            next_ = 0;
        } else {
            finish(chain_ == Chain::on_success, context);
        }
    }
}

void ToolRun::fail_action(std::string error, CallContext& context) {
    state_ = State::running;
    error_ = std::move(error);
    locals_["error"] = error_;
    if (chain_ != Chain::actions) {
        finish(false, context);
        return;
    }
    chain_ = Chain::on_failure;
    next_ = 0;
}

void ToolRun::finish(bool ok, CallContext& context) {
    state_ = State::finished;
    JsonObject result{{"ok", ok}};
    if (!ok) {
        result["error"] = error_;
    }
    if (!spoken_.empty()) {
        JsonArray spoken;
        for (const std::string& text : spoken_) {
            spoken.emplace_back(text);
        }
        result["spoken"] = std::move(spoken);
    }
    if (!data_.empty()) {
        result["data"] = data_;
    }
    const Json* response = locals_.if_contains("response");
    if (response != nullptr) {
        result["response"] = for_model(*response);
    }
    context.add_history("tool_finished", JsonObject{{"tool", tool_->name}, {"ok", ok}});
    static_cast<void>(context.set_params({}));
    outputs_.push_back(
        ToolFinished{.ok = ok, .result = std::move(result), .spoke = !spoken_.empty()});
}

}  // namespace studio::core
