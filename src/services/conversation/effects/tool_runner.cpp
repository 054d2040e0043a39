#include "services/conversation/effects/internal/tool_runner.hpp"

#include <algorithm>
#include <utility>

#include "services/conversation/effects/internal/effect_result.hpp"

namespace studio::services {

namespace {

/// Names of tools are shorter; whatever a model has invented beyond it is not repeated to it.
constexpr std::size_t name_shown_max = 100;

std::string unknown_tool(const std::string& name, const Toolbox& tools) {
    std::string known;
    for (const ModelTool& tool : tools.model_tools()) {
        known += (known.empty() ? "" : ", ") + tool.name;
    }
    return (name.size() > name_shown_max ? "there is no such tool; "
                                         : "there is no tool '" + name + "'; ") +
           (known.empty() ? "there is none at all" : "known are: " + known);
}

}  // namespace

ToolRunner::ToolRunner(const Parts& parts) : parts_(parts) {
    parts_.effects.on_done(
        [this](std::uint32_t run, const core::ToolInput& outcome) { on_outcome(run, outcome); });
}

ToolRunner::Run& ToolRunner::add(std::shared_ptr<const core::ToolDefinition> tool,
                                 std::string agent, core::DialogToolCall call) {
    auto run = std::make_unique<Run>(std::move(tool));
    run->number = ++run_count_;
    run->agent = std::move(agent);
    run->call = std::move(call);
    runs_.push_back(std::move(run));
    return *runs_.back();
}

void ToolRunner::run(const core::RunTool& order) {
    const core::DialogToolCall& call = order.call;
    const std::string& agent = parts_.seats.now().name();
    auto tool = parts_.seats.find_tool(agent, call.name);
    if (tool == nullptr) {
        // Models invent tools; they are told, and the conversation goes on.
        core::ToolFinished finished;
        finished.result = JsonObject{
            {"ok", false}, {"error", unknown_tool(call.name, parts_.seats.now().tools())}};
        done_(call, finished);
        parts_.link.queue().push(
            core::ToolDone{call.id, serialize_json(finished.result), false, {}});
        return;
    }
    Run& run = add(std::move(tool), agent, call);
    run.request_number = order.request;
    run.index = order.index;
    drive_run(run, core::ToolStart{call.arguments});
    remove_finished();
}

bool ToolRunner::resume(const SavedTool& saved) {
    const std::string& agent = saved.agent.empty() ? parts_.seats.now().name() : saved.agent;
    auto tool = parts_.seats.find_tool(agent, saved.call.name);
    auto machine = tool == nullptr ? std::nullopt : core::ToolRun::load(tool, saved.machine);
    if (!machine || machine->is_finished()) {
        return false;
    }
    Run& run = add(std::move(tool), agent, saved.call);
    run.request_number = saved.request;
    run.index = saved.index;
    run.effects = saved.effects;
    run.machine = std::move(*machine);
    run.params = saved.params;
    run.end_reason = saved.end_reason;
    run.hand_off_to = saved.hand_off_to;
    drive_run(run, core::ToolResume{});
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
                         .end_reason = run->end_reason,
                         .hand_off_to = run->hand_off_to,
                         .agent = run->agent});
    }
    return saved;
}

void ToolRunner::drop() {
    parts_.effects.drop();
    runs_.clear();
}

void ToolRunner::drive_run(Run& run, const core::ToolInput& input) {
    core::CallContext& context = parts_.context;
    context.set_agent(run.agent);
    static_cast<void>(context.set_params(run.params));
    run.machine.handle(input, context);
    context.set_agent(parts_.seats.now().name());
    if (const Json* params = context.find("params"); params != nullptr && params->is_object()) {
        run.params = params->get_object();
    }
    while (const auto output = run.machine.poll_output()) {
        std::visit([this, &run](const auto& which) { on(run, which); }, *output);
    }
}

/// Named by what led to it, so that it has the same name wherever the call is carried on, also
/// where the model was asked the same again.
void ToolRunner::begin_effect(const Run& run, Effect effect) {
    std::string name = std::to_string(run.request_number) + '.' + std::to_string(run.index) + '.' +
                       run.call.name + '.' + std::to_string(run.effects);
    parts_.effects.begin({run.number, std::move(name)}, std::move(effect));
}

void ToolRunner::on_outcome(std::uint32_t number, const core::ToolInput& outcome) {
    const auto found = std::find_if(runs_.begin(), runs_.end(),
                                    [number](const auto& run) { return run->number == number; });
    if (found != runs_.end()) {
        note_error(**found, outcome);
        ++(*found)->effects;
        drive_run(**found, outcome);
        remove_finished();
    }
}

/// What the tool's author has to look after: an answer that says no is none of it.
void ToolRunner::note_error(const Run& run, const core::ToolInput& outcome) {
    const std::string code = error_code(outcome);
    if (!code.empty()) {
        parts_.link.note_error(core::CallStage::tool, run.call.name, code);
    }
}

void ToolRunner::on(Run& /*run*/, const core::ToolSay& say) {
    parts_.link.queue().push(core::ToolSpoke{say.text, say.interruptible});
}

void ToolRunner::on(Run& run, const core::ToolEndCall& end) {
    run.end_reason = end.reason.empty() ? "ended_by_agent" : end.reason;
}

void ToolRunner::on(Run& run, const core::ToolHandoff& handoff) {
    run.hand_off_to = handoff.target_agent;
}

void ToolRunner::on(Run& run, core::ToolFinished finished) {
    decide(run, finished);
    done_(run.call, finished);
    parts_.link.queue().push(core::ToolDone{run.call.id, serialize_json(finished.result),
                                            finished.spoke, run.end_reason.value_or(""),
                                            run.hand_off_to.value_or("")});
}

/// The tool's wish, and what its changes of the context mean, become what the dialog is told.
void ToolRunner::decide(Run& run, core::ToolFinished& finished) {
    using Kind = SeatDecision::Kind;
    const SeatDecision decision =
        parts_.seats.decide(run.agent, {run.hand_off_to.value_or(""), run.end_reason.value_or("")});
    JsonObject& result = finished.result.get_object();
    run.hand_off_to.reset();
    run.end_reason.reset();
    switch (decision.kind) {
        case Kind::stay:
            return;
        case Kind::end:
            run.end_reason = decision.text;
            break;
        case Kind::hand_off:
            run.hand_off_to = decision.text;
            result["handed_over_to"] = decision.arrives;
            break;
        case Kind::exhausted:
            parts_.link.queue().push(
                core::HangUp{core::EndReason::too_many_handoffs, core::LastWords::farewell});
            [[fallthrough]];
        case Kind::refused:
            // The model is told, also where the tool spoke already: it has to go on by itself.
            finished.ok = false;
            finished.spoke = false;
            result["ok"] = false;
            result["error"] = decision.text;
            return;
    }
    const bool is_announced = std::exchange(announced_by_, run.agent) == run.agent;
    if (!finished.spoke && !is_announced && !decision.speech.empty()) {
        parts_.link.queue().push(core::ToolSpoke{decision.speech, true});
    }
}

void ToolRunner::remove_finished() {
    std::erase_if(runs_, [](const auto& run) { return run->machine.is_finished(); });
}

}  // namespace studio::services
