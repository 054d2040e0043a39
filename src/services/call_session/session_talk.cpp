#include <utility>

#include "services/call_session/internal/session_body.hpp"

namespace studio::services {

namespace {

ModelMessage to_model(core::DialogMessage message) {
    ModelMessage model;
    switch (message.role) {
        case core::DialogRole::system:
            model.role = ModelRole::system;
            break;
        case core::DialogRole::user:
            model.role = ModelRole::user;
            break;
        case core::DialogRole::assistant:
            model.role = ModelRole::assistant;
            break;
        case core::DialogRole::tool:
            model.role = ModelRole::tool;
            break;
    }
    model.content = std::move(message.content);
    model.tool_call_id = std::move(message.tool_call_id);
    for (core::DialogToolCall& call : message.tool_calls) {
        model.tool_calls.push_back(
            {std::move(call.id), std::move(call.name), std::move(call.arguments)});
    }
    return model;
}

}  // namespace

std::string CallSession::Body::render(const std::string& text_template) const {
    core::DefaultedSource source(context_);
    for (const core::PromptVariable& variable : plan_.agent.prompt.variables) {
        source.add_default(variable.name, Json(variable.default_value));
    }
    return core::render_text(text_template, source).text;
}

void CallSession::Body::say(const std::string& text_template, bool interruptible) {
    turn_waits_ = true;
    queue_.push(core::AgentSays{render(text_template), interruptible});
}

/// What the machines see is also what the caller's side and the latency figures are told.
void CallSession::Body::observe_input(const MachineInput& input) {
    if (const auto* turn = std::get_if<core::TurnInput>(&input)) {
        if (const auto* partial = std::get_if<core::PartialHeard>(turn)) {
            reporter_.partial(partial->text);
        }
    } else if (const auto* dialog = std::get_if<core::DialogInput>(&input)) {
        if (std::holds_alternative<core::ModelPiece>(*dialog) ||
            std::holds_alternative<core::ModelToolAsked>(*dialog)) {
            reporter_.first_token(now());
        }
    } else if (const auto* playout = std::get_if<core::PlayoutInput>(&input)) {
        if (std::holds_alternative<core::SentenceAudio>(*playout)) {
            reporter_.first_audio(now());
        }
    }
}

void CallSession::Body::on(const core::SpeechStarted& output) {
    reporter_.speaking("user", true);
    listening_.begin_utterance(output.utterance);
}

void CallSession::Body::on(const core::SpeechEnded& output) {
    reporter_.speaking("user", false);
    listening_.finish_utterance(output.utterance);
}

void CallSession::Body::on(const core::Duck&) {
    drive_playout(core::PlayoutDuck{});
}

void CallSession::Body::on(const core::Resume&) {
    drive_playout(core::PlayoutResume{});
}

void CallSession::Body::on(const core::Interrupt&) {
    reporter_.interrupted(agent_speaking_);
    turn_waits_ = false;
    drop_speech();
}

/// Not through the queue: the playout is a leaf that feeds no machine directly, and a sentence that
/// waited in the queue would survive the drop of everything.
void CallSession::Body::drive_playout(core::PlayoutInput input) {
    drive(playout_, std::move(input), now(), [this](const auto& output) {
        std::visit([this](const auto& o) { this->on(o); }, output);
    });
}

void CallSession::Body::drop_speech() {
    voice_.drop();
    drive_playout(core::PlayoutDrop{});
    // Behind the cuts that this made.
    queue_.push(core::CallerInterrupted{});
}

void CallSession::Body::on(const core::TurnEnded& output) {
    context_.set_now(loop_.wall_now());
    core::TurnEnded turn = output;
    turn.last_speech_at = last_sound_.end_of(turn.last_speech_at);
    reporter_.turn_ended(turn);
    turn_waits_ = true;
    checkpoint_due_ = true;
    queue_.push(core::UserSaid{output.text});
}

void CallSession::Body::on(const core::Reprompt&) {
    say(plan_.agent.session.reprompt, true);
}

void CallSession::Body::on(const core::AutoDisconnect&) {
    queue_.push(core::HangUp{core::EndReason::caller_silent, core::LastWords::farewell});
}

void CallSession::Body::on(const core::SpeechLost&) {
    say(plan_.agent.session.apology, true);
}

void CallSession::Body::on(const core::AskModel& output) {
    if (call_.is_closing()) {
        queue_.push(core::ModelBroke{output.request});
        return;
    }
    ModelRequest request{.model = plan_.agent.llm.model,
                         .temperature = plan_.agent.llm.temperature,
                         .messages = {},
                         .tools = tools_.model_tools(),
                         .options = plan_.agent.llm.options,
                         .timeout = options_.model_timeout};
    for (const core::DialogMessage& message : output.messages) {
        request.messages.push_back(to_model(message));
    }
    // Rendered anew each time: tools change what it names.
    request.messages.front().content = render(plan_.agent.prompt.system);
    answering_.ask(output.request, std::move(request));
}

void CallSession::Body::on(const core::CancelModel&) {
    answering_.cancel();
}

void CallSession::Body::on(const core::Speak& output) {
    reporter_.first_sentence(now());
    turn_waits_ = true;
    sentences_[output.sentence] = output;
    drive_playout(core::SentenceQueued{output.sentence, output.text});
    voice_.speak(output.sentence, output.text);
}

void CallSession::Body::on(const core::RunTool& output) {
    tools_.run(output);
}

void CallSession::Body::on(const core::AnswerHeard& output) {
    reporter_.answer_heard(output);
    checkpoint_due_ = true;
}

void CallSession::Body::on(const core::EndRequested& output) {
    if (output.failed) {
        queue_.push(
            core::HangUp{core::EndReason::language_model_failed, core::LastWords::farewell});
    } else {
        queue_.push(core::HangUp{core::EndCause::by_tool(output.reason), core::LastWords::pending});
    }
}

void CallSession::Body::on(const core::SentenceStarted& output) {
    if (!std::exchange(agent_speaking_, true)) {
        reporter_.speaking("agent", true);
        queue_.push(core::AgentStarted{sentences_[output.sentence].interruptible});
    }
    checkpoint_due_ = true;
    queue_.push(core::AgentSaid{sentences_[output.sentence].text});
    reporter_.sentence_started(sentences_[output.sentence].text, now());
    voice_.started(output.sentence);
}

void CallSession::Body::on(const core::SentenceFinished& output) {
    sentences_.erase(output.sentence);
    voice_.started(output.sentence);
    queue_.push(core::SentenceHeard{output.sentence});
}

void CallSession::Body::on(const core::SentenceDropped& output) {
    sentences_.erase(output.sentence);
    voice_.started(output.sentence);
    queue_.push(core::SentenceCut{output.sentence, output.heard});
}

}  // namespace studio::services
