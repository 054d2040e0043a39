#include "services/call_session/internal/tool_runner.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"

namespace studio::services {

namespace {

std::string reason_of(HttpClientError error) {
    switch (error) {
        case HttpClientError::bad_url:
            return "bad_url";
        case HttpClientError::unavailable:
            return "unavailable";
        case HttpClientError::timed_out:
            return "timed_out";
        case HttpClientError::too_large:
            return "too_large";
        case HttpClientError::address_not_allowed:
            return "address_not_allowed";
    }
    return "failed";
}

/// RFC 9110, section 9.2.1: asking again changes nothing.
bool is_safe(std::string_view method) {
    return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

core::ToolInput input_of(const Result<HttpResponse, HttpClientError>& outcome) {
    if (outcome) {
        return core::ToolHttpFinished{outcome->status, outcome->body};
    }
    return core::ToolHttpFailed{reason_of(outcome.error())};
}

/// Between telephone keys: a tone of 250 ms (as bridges to the telephone network make them) and a
/// pause.
constexpr milliseconds digit_interval{350};
constexpr milliseconds digit_wait{500};

constexpr const char* outcome_unknown =
    "it was begun before a change of server, its outcome is not known and it was not repeated";

constexpr const char* effect_refused =
    "it could not be recorded for the moment and was not done; it may be tried again later";

/// What the journal keeps of an effect; a long body is left out, since the model reads little of it
/// anyway.
std::string effect_result(const Result<HttpResponse, HttpClientError>& outcome) {
    constexpr std::size_t body_bytes_max = 24U << 10U;
    if (!outcome) {
        return serialize_json(JsonObject{{"failed", reason_of(outcome.error())}});
    }
    const bool fits = outcome->body.size() <= body_bytes_max;
    return serialize_json(
        JsonObject{{"status", outcome->status}, {"body", fits ? outcome->body : std::string()}});
}

core::ToolInput input_of_effect(const std::string& result, bool is_phone) {
    const auto json = parse_json(result, json_as_stored);
    if (is_phone) {
        return core::ToolPhoneDone{json ? member_text(*json, "failed") : "failed"};
    }
    const Json* status = json ? find_member(*json, "status") : nullptr;
    if (status != nullptr && status->is_int64()) {
        return core::ToolHttpFinished{static_cast<int>(status->get_int64()),
                                      member_text(*json, "body")};
    }
    return core::ToolHttpFailed{json ? member_text(*json, "failed", "failed") : "failed"};
}

}  // namespace

ToolRunner::ToolRunner(SessionLink& link, HttpClient& http_client, core::CallContext& context,
                       const CallSessionOptions& options)
    : link_(link), http_client_(http_client), context_(context), options_(options) {}

void ToolRunner::add(core::ToolDefinition tool) {
    tools_.push_back(std::make_shared<const core::ToolDefinition>(std::move(tool)));
}

std::vector<ModelTool> ToolRunner::model_tools() const {
    std::vector<ModelTool> tools;
    for (const auto& tool : tools_) {
        tools.push_back({tool->name, tool->description, core::to_json_schema(*tool)});
    }
    return tools;
}

void ToolRunner::run(const core::RunTool& order) {
    const core::DialogToolCall& call = order.call;
    const auto found = std::find_if(tools_.begin(), tools_.end(),
                                    [&call](const auto& tool) { return tool->name == call.name; });
    if (found == tools_.end()) {
        // Models invent tools; they are told, and the conversation goes on.
        core::ToolFinished finished;
        finished.result = JsonObject{{"ok", false}, {"error", "there is no such tool"}};
        done_(call, finished);
        link_.queue().push(core::ToolDone{call.id, serialize_json(finished.result), false, {}});
        return;
    }
    auto run = std::make_unique<Run>(*found);
    run->number = ++run_count_;
    run->call = call;
    run->request_number = order.request;
    run->index = order.index;
    Run& started = *run;
    runs_.push_back(std::move(run));
    drive_run(started, core::ToolStart{call.arguments});
    remove_finished();
}

bool ToolRunner::resume(const SavedTool& saved) {
    const auto found = std::find_if(tools_.begin(), tools_.end(), [&saved](const auto& tool) {
        return tool->name == saved.call.name;
    });
    if (found == tools_.end()) {
        return false;
    }
    auto machine = core::ToolRun::load(*found, saved.machine);
    if (!machine || machine->is_finished()) {
        return false;
    }
    auto run = std::make_unique<Run>(*found);
    run->number = ++run_count_;
    run->call = saved.call;
    run->request_number = saved.request;
    run->index = saved.index;
    run->effects = saved.effects;
    run->machine = std::move(*machine);
    run->params = saved.params;
    run->end_reason = saved.end_reason;
    Run& started = *run;
    runs_.push_back(std::move(run));
    drive_run(started, core::ToolResume{});
    remove_finished();
    return true;
}

std::vector<SavedTool> ToolRunner::save() const {
    std::vector<SavedTool> saved;
    for (const auto& run : runs_) {
        saved.push_back({.call = run->call,
                         .request = run->request_number,
                         .index = run->index,
                         .effects = run->effects,
                         .machine = run->machine.save(),
                         .params = run->params,
                         .end_reason = run->end_reason});
    }
    return saved;
}

void ToolRunner::drop() {
    runs_.clear();
}

void ToolRunner::drive_run(Run& run, const core::ToolInput& input) {
    static_cast<void>(context_.set_params(run.params));
    run.machine.handle(input, context_);
    if (const Json* params = context_.find("params"); params != nullptr && params->is_object()) {
        run.params = params->get_object();
    }
    while (const auto output = run.machine.poll_output()) {
        std::visit([this, &run](const auto& which) { on(run, which); }, *output);
    }
}

void ToolRunner::on(Run& run, const core::HttpNeeded& needed) {
    run.request = {.method = needed.method,
                   .url = needed.url,
                   .headers = needed.headers,
                   .body = needed.body,
                   .timeout = needed.timeout};
    name_request(run, run.request);
    run.attempts_left = 1 + std::max(0, needed.retries);
    run.attempt = 0;
    run.effect.clear();
    run.transfer_to.clear();
    run.digits.clear();
    if (options_.keeper == nullptr || is_safe(needed.method)) {
        send(run);
    } else {
        begin_effect(run);
    }
}

void ToolRunner::on(Run& run, const core::TransferNeeded& needed) {
    run.effect.clear();
    run.digits.clear();
    run.transfer_to = needed.target;
    run.awaits_silence = true;
}

void ToolRunner::on(Run& run, const core::DigitsNeeded& needed) {
    run.effect.clear();
    run.transfer_to.clear();
    run.digits = needed.digits;
    run.digit = 0;
    run.awaits_silence = true;
}

bool ToolRunner::awaits_silence() const {
    return std::any_of(runs_.begin(), runs_.end(),
                       [](const auto& run) { return run->awaits_silence; });
}

/// Keys would not be understood in the middle of speech, and what was said of a transfer has to be
/// heard before it.
void ToolRunner::on_silence() {
    // By index: what is done may end runs, and nothing here adds any.
    for (const auto& run : runs_) {
        if (!std::exchange(run->awaits_silence, false)) {
            continue;
        }
        if (options_.phone == nullptr) {
            drive_run(*run, core::ToolPhoneDone{"the call is not by telephone"});
        } else if (options_.keeper == nullptr) {
            perform(*run);
        } else {
            begin_effect(*run);
        }
    }
    remove_finished();
}

void ToolRunner::perform(Run& run) {
    if (!run.digits.empty()) {
        run.digit_at = link_.now();
    } else if (!run.transfer_to.empty()) {
        link_.transfer(run.transfer_to, [this, number = run.number](std::string error) {
            on_phone_done(number, error);
        });
    } else {
        send(run);
    }
}

void ToolRunner::press_next(Run& run) {
    const char digit = run.digits[run.digit++];
    const bool is_pause = digit == 'w' || digit == 'W';
    if (!is_pause) {
        link_.press_digit(digit >= 'a' ? static_cast<char>(digit - 'a' + 'A') : digit);
    }
    run.digit_at = link_.now() + (is_pause ? digit_wait : digit_interval);
    if (run.digit == run.digits.size()) {
        run.digit_at.reset();
        finish_phone(run, {});
    }
}

void ToolRunner::on_phone_done(std::uint32_t number, const std::string& error) {
    link_.catch_up();
    if (Run* run = find(number)) {
        finish_phone(*run, error);
        remove_finished();
    }
    link_.settle();
}

void ToolRunner::finish_phone(Run& run, const std::string& error) {
    ++run.effects;
    if (!run.effect.empty()) {
        options_.keeper->finish_effect(std::exchange(run.effect, {}),
                                       serialize_json(JsonObject{{"failed", error}}));
    }
    drive_run(run, core::ToolPhoneDone{error});
}

/// Named by what led to it, so that it has the same name wherever the call is carried on, also
/// where the model was asked the same again.
std::string ToolRunner::effect_name(const Run& run) {
    return std::to_string(run.request_number) + '.' + std::to_string(run.index) + '.' +
           run.call.name + '.' + std::to_string(run.effects);
}

/// A server that heeds them repeats nothing and refuses who is not the holder any more, whatever
/// was on its way. The tool's own headers of these names do not count.
void ToolRunner::name_request(const Run& run, HttpRequest& request) const {
    std::erase_if(request.headers,
                  [](const auto& header) { return core::is_fencing_header(header.first); });
    const core::CallRecord& record = link_.record();
    request.headers.emplace_back(core::idempotency_header,
                                 record.id.text() + ':' + effect_name(run));
    if (record.fencing_token != 0) {
        request.headers.emplace_back(core::fencing_header, std::to_string(record.fencing_token));
    }
}

void ToolRunner::begin_effect(Run& run) {
    run.effect = effect_name(run);
    options_.keeper->begin_effect(
        run.effect, [this, number = run.number,
                     alive = std::weak_ptr<bool>(alive_)](const EffectVerdict& verdict) {
            if (!alive.expired()) {
                on_verdict(number, verdict);
            }
        });
}

void ToolRunner::on_verdict(std::uint32_t number, const EffectVerdict& verdict) {
    link_.catch_up();
    if (Run* run = find(number)) {
        const bool is_phone = !run->digits.empty() || !run->transfer_to.empty();
        switch (verdict.kind) {
            case EffectVerdict::Kind::do_it:
                perform(*run);
                break;
            case EffectVerdict::Kind::done:
                ++run->effects;
                drive_run(*run, input_of_effect(verdict.result, is_phone));
                break;
            case EffectVerdict::Kind::unknown:
            case EffectVerdict::Kind::refused: {
                ++run->effects;
                const char* why =
                    verdict.kind == EffectVerdict::Kind::unknown ? outcome_unknown : effect_refused;
                drive_run(*run, is_phone ? core::ToolInput(core::ToolPhoneDone{why})
                                         : core::ToolInput(core::ToolHttpFailed{why}));
                break;
            }
        }
        remove_finished();
    }
    link_.settle();
}

ToolRunner::Run* ToolRunner::find(std::uint32_t number) {
    const auto found = std::find_if(runs_.begin(), runs_.end(),
                                    [number](const auto& run) { return run->number == number; });
    return found == runs_.end() ? nullptr : found->get();
}

void ToolRunner::on(Run&, const core::ToolSay& say) {
    link_.queue().push(core::ToolSpoke{say.text});
}

void ToolRunner::on(Run& run, const core::ToolEndCall& end) {
    run.end_reason = end.reason.empty() ? "ended_by_agent" : end.reason;
}

void ToolRunner::on(Run&, const core::ToolHandoff& handoff) {
    context_.add_history("handoff_requested", Json(handoff.target_agent));
}

void ToolRunner::on(Run& run, const core::ToolFinished& finished) {
    done_(run.call, finished);
    link_.queue().push(core::ToolDone{run.call.id, serialize_json(finished.result), finished.spoke,
                                      run.end_reason});
}

void ToolRunner::send(Run& run) {
    run.retry_at.reset();
    --run.attempts_left;
    ++run.attempt;
    run.exchange_number = ++exchange_count_;
    run.exchange = http_client_.send(
        run.request, [this, number = run.number, exchange = run.exchange_number](auto outcome) {
            on_response(number, exchange, outcome);
        });
}

void ToolRunner::on_response(std::uint32_t number, std::uint32_t exchange_number,
                             const Result<HttpResponse, HttpClientError>& outcome) {
    if (options_.input_log != nullptr) {
        options_.input_log->http(exchange_number, outcome, link_.now());
    }
    link_.catch_up();
    if (Run* found = find(number)) {
        Run& run = *found;
        if (run.attempts_left > 0 && RetryPolicy::is_worth_repeating(outcome)) {
            run.retry_at = link_.now() + options_.retry.first_delay * (1 << (run.attempt - 1));
        } else {
            ++run.effects;
            if (!run.effect.empty()) {
                options_.keeper->finish_effect(std::exchange(run.effect, {}),
                                               effect_result(outcome));
            }
            drive_run(run, input_of(outcome));
        }
        remove_finished();
    }
    link_.settle();
}

void ToolRunner::remove_finished() {
    std::erase_if(runs_, [](const auto& run) { return run->machine.is_finished(); });
}

Deadline ToolRunner::next_deadline() const {
    Deadline deadline;
    for (const auto& run : runs_) {
        deadline = earlier(deadline, earlier(run->retry_at, run->digit_at));
    }
    return deadline;
}

void ToolRunner::tick(Instant now) {
    for (const auto& run : runs_) {
        if (run->retry_at && now >= *run->retry_at) {
            run->retry_at.reset();
            if (run->effect.empty()) {
                send(*run);
            } else {
                begin_effect(*run);  // We may have lost the call while we waited.
            }
        }
        if (run->digit_at && now >= *run->digit_at) {
            press_next(*run);
        }
    }
    remove_finished();
}

}  // namespace studio::services
