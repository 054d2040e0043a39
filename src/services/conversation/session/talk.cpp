#include "services/conversation/session/internal/talk.hpp"

#include <utility>
#include <vector>

#include "services/conversation/session/internal/turn_log.hpp"

namespace studio::services {

namespace {

/// After the last word was sent, so that it leaves the caller's jitter buffer before the goodbye.
constexpr milliseconds goodbye_delay{240};

core::DialogOptions dialog_options(const Seat& seat, const CallSessionOptions& options) {
    return {.system_prompt = {},
            .apology = seat.render(seat.config().session.apology),
            .failures_max = options.failures_max};
}

/// For the next agent's model.
std::string note_of(const HandOver& how) {
    const std::string handed_over = "The call was handed over to you by '" + how.previous + "'";
    if (!how.summary.empty()) {
        return handed_over + ", who sums up what was said before: " + how.summary;
    }
    if (how.history_kept && *how.history_kept == 0) {
        return handed_over + ". What was said before is not shown to you.";
    }
    return handed_over +
           ", whose words to the caller stand above. Go on from there: the caller has heard them, "
           "and is not asked again for what they have said already.";
}

}  // namespace

Talk::Talk(const Parts& parts, const SessionSnapshot* snapshot)
    : parts_(parts),
      turn_(snapshot != nullptr
                ? core::Turn(parts.seats.now().turn_options(), snapshot->turn, parts.link.now())
                : core::Turn(parts.seats.now().turn_options())),
      dialog_(dialog_options(parts.seats.now(), parts.options),
              snapshot != nullptr ? snapshot->dialog : core::Dialog::Saved{}),
      speaking_({parts.link, parts.reporter, parts.seats}),
      caller_voice_(parts.options.speech_judge),
      turn_sound_(parts.options.turn_judge) {}

void Talk::begin() {
    parts_.link.queue().push(core::TurnStart{});
    parts_.link.checkpoint();
    if (!seat().config().prompt.greeting.empty()) {
        greet();
    }
}

void Talk::greet() {
    const core::PromptConfig& prompt = seat().config().prompt;
    if (!prompt.greeting_interruptible) {
        parts_.link.queue().push(core::AgentStarted{false});
    }
    say(prompt.greeting, prompt.greeting_interruptible);
}

void Talk::carry_on(const SessionSnapshot& snapshot) {
    MachineQueue& queue = parts_.link.queue();
    turn_waits_ = true;
    queue.push(core::CarryOn{snapshot.handed_over ? std::string()
                                                  : seat().render(seat().config().session.bridge)});
    std::vector<std::string> lost = snapshot.dialog.running;
    for (const SavedTool& tool : snapshot.tools) {
        if (parts_.tools.resume(tool)) {
            std::erase(lost, tool.call.id);
        }
    }
    for (const std::string& id : lost) {
        // The tool is gone or another by now.
        queue.push(core::ToolDone{
            id,
            R"({"ok":false,"error":"the tool was interrupted; its outcome is not known"})",
            false,
            {}});
    }
    if (!snapshot.next_agent.empty()) {
        parts_.seats.prepare(snapshot.next_agent);
    }
    parts_.link.checkpoint();
}

void Talk::say(const std::string& text_template, bool interruptible) {
    turn_waits_ = true;
    if (!dialog_.is_muted()) {
        parts_.link.queue().push(core::AgentSays{seat().render(text_template), interruptible});
    }
}

void Talk::begin_last_words(core::LastWords last_words) {
    is_closing_ = true;
    saying_last_words_ = true;
    parts_.link.checkpoint();
    // Speech that was faded out for the caller goes on: nobody decides about it any more.
    speaking_.handle(core::PlayoutResume{});
    if (last_words == core::LastWords::farewell) {
        drop_speech();
        say(seat().config().session.farewell, false);
    }
}

void Talk::stop() {
    is_closing_ = true;
    saying_last_words_ = false;
    last_words_heard_at_.reset();
    parts_.seats.close_ears();
    parts_.tools.drop();
    drop_speech();
}

void Talk::finish() {
    seat().leave();
}

void Talk::hear(const InboundFrame& inbound, bool is_audible, Instant now) {
    const bool was_speaking = turn_.is_caller_speaking();
    // Over the agent a tenth of a second counts. Elsewhere it does not: what was said before the
    // utterance opens is kept for the recogniser.
    const bool early = state() != MediaAgentState::listening;
    const double probability = caller_voice_.hear(inbound.frame, early);
    const Instant captured_at = inbound.origin == FrameOrigin::silence ? now : inbound.captured_at;
    if (is_audible) {
        last_sound_.hear(captured_at);
    }
    parts_.seats.hear(inbound.frame, was_speaking, turn_.utterance());
    turn_sound_.hear(inbound.frame, turn_.is_caller_pending());
    parts_.link.queue().push(core::TurnFrame{probability, last_sound_.latest()});
}

void Talk::handle(core::TurnInput input) {
    // While the last words are said nobody has a turn.
    if (is_closing_) {
        return;
    }
    if (const auto* partial = std::get_if<core::PartialHeard>(&input)) {
        parts_.reporter.partial(partial->text);
    }
    const TurnLog log(parts_.link.record().id, turn_, input);
    drive(turn_, std::move(input), parts_.link.now(), [this, &log](const auto& output) {
        log.note(output, parts_.link.now());
        std::visit([this](const auto& which) { this->on(which); }, output);
    });
    log.finish();
}

void Talk::handle(core::DialogInput input) {
    if (std::holds_alternative<core::ModelPiece>(input) ||
        std::holds_alternative<core::ModelToolAsked>(input)) {
        parts_.reporter.first_token(parts_.link.now());
    }
    const bool is_whole_answer = std::holds_alternative<core::ModelDone>(input);
    drive(dialog_, std::move(input), parts_.link.now(), [this](const auto& output) {
        std::visit([this](const auto& which) { this->on(which); }, output);
    });
    if (is_whole_answer) {
        parts_.link.checkpoint();
    }
}

void Talk::check_quiet() {
    if (!is_quiet()) {
        return;
    }
    speaking_.note_quiet();
    if (saying_last_words_) {
        saying_last_words_ = false;
        last_words_heard_at_ = parts_.link.now() + goodbye_delay;
    }
    if (parts_.seats.next() != nullptr && !is_closing_ && !turn_.is_caller_pending()) {
        change_agent(true);
        return;
    }
    if (std::exchange(turn_waits_, false)) {
        parts_.link.queue().push(core::AgentStopped{});
    }
}

/// The next agent takes over: what was said before was heard, or the caller's turn is over and it
/// is this agent that answers. Who was handed on is spoken to first, with the greeting, or with
/// what the model has to say.
void Talk::change_agent(bool speaks_first) {
    const HandOver how = parts_.seats.change();
    const core::PromptConfig& prompt = seat().config().prompt;
    const bool greets = speaks_first && how.greets && !prompt.greeting.empty();
    turn_.use(seat().turn_options());
    parts_.context.add_history("agent_changed",
                               JsonObject{{"agent", seat().name()}, {"previous", how.previous}});
    parts_.reporter.agent_changed(seat().name());
    parts_.link.queue().push(core::AgentChanged{note_of(how),
                                                seat().render(seat().config().session.apology),
                                                speaks_first && !greets, how.history_kept});
    if (greets) {
        greet();
    }
    turn_waits_ = true;
    parts_.link.checkpoint();
}

MediaAgentState Talk::state() const {
    if (speaking_.is_heard()) {
        return MediaAgentState::speaking;
    }
    return dialog_.is_busy() || turn_waits_ ? MediaAgentState::thinking
                                            : MediaAgentState::listening;
}

void Talk::save(SessionSnapshot& snapshot) const {
    snapshot.turn = turn_.save(parts_.link.now());
    snapshot.dialog = dialog_.save();
    snapshot.agent_name = seat().name();
    if (parts_.seats.next() != nullptr) {
        snapshot.next_agent = parts_.seats.next_target();
    }
    speaking_.save(snapshot.dialog);
}

Deadline Talk::next_deadline(bool is_active) const {
    const Deadline deadline = earlier(parts_.seats.next_deadline(), last_words_heard_at_);
    return is_active ? earlier(deadline, turn_.next_deadline()) : deadline;
}

void Talk::tick(Instant now) {
    parts_.link.queue().push(core::TurnTick{});
    parts_.seats.tick(now);
    if (last_words_heard_at_ && now >= *last_words_heard_at_) {
        last_words_heard_at_.reset();
        parts_.link.queue().push(core::LastWordsSaid{});
    }
}

}  // namespace studio::services
