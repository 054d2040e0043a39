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
    }
    return "failed";
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

void ToolRunner::run(const core::DialogToolCall& call) {
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
    Run& started = *run;
    runs_.push_back(std::move(run));
    drive_run(started, core::ToolStart{call.arguments});
    remove_finished();
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
    run.attempts_left = 1 + std::max(0, needed.retries);
    run.attempt = 0;
    send(run);
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
    const auto found = std::find_if(runs_.begin(), runs_.end(),
                                    [number](const auto& run) { return run->number == number; });
    if (found != runs_.end()) {
        Run& run = **found;
        if (run.attempts_left > 0 && RetryPolicy::is_worth_repeating(outcome)) {
            run.retry_at = link_.now() + options_.retry.first_delay * (1 << (run.attempt - 1));
        } else if (outcome) {
            drive_run(run, core::ToolHttpFinished{outcome->status, outcome->body});
        } else {
            drive_run(run, core::ToolHttpFailed{reason_of(outcome.error())});
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
        deadline = earlier(deadline, run->retry_at);
    }
    return deadline;
}

void ToolRunner::tick(Instant now) {
    for (const auto& run : runs_) {
        if (run->retry_at && now >= *run->retry_at) {
            send(*run);
        }
    }
}

}  // namespace studio::services
