#include "services/call_session/internal/session_body.hpp"

#include <utility>

namespace studio::services {

namespace {

std::string language_of(const CallPlan& plan) {
    const std::string wanted = member_text(plan.record.user_context, "language");
    for (const std::string& language : plan.agent.languages) {
        if (language == wanted) {
            return language;
        }
    }
    return plan.agent.default_language;
}

JsonObject user_of(const CallPlan& plan) {
    JsonObject user;
    if (plan.record.user_context.is_object()) {
        user = plan.record.user_context.get_object();
    }
    if (!user.contains("id")) {
        user["id"] = plan.record.user_id;
    }
    return user;
}

core::CallOptions call_options(const CallPlan& plan, const CallSessionOptions& options) {
    const bool is_called = plan.record.type == core::CallType::sip &&
                           plan.record.direction == core::CallDirection::outbound;
    return {.join_timeout = options.join_timeout,
            .awaits_caller = plan.awaits_caller,
            .caller_timeout = plan.snapshot ? options.return_timeout
                              : is_called   ? options.phone_timeout
                                            : options.caller_timeout,
            .max_duration = plan.agent.session.max_call_duration,
            .last_words_timeout = options.last_words_timeout,
            .writes_timeout = options.writes_timeout};
}

core::TurnOptions turn_options(const CallPlan& plan) {
    const core::SessionConfig& session = plan.agent.session;
    core::TurnOptions turn{.activation_threshold = plan.agent.vad.activation_threshold,
                           .min_endpointing_delay = session.min_endpointing_delay,
                           .max_endpointing_delay = session.max_endpointing_delay,
                           .auto_disconnect_timeout = session.auto_disconnect_timeout,
                           .reprompt_delay = session.reprompt_delay,
                           .reprompts_max = session.reprompts_max,
                           .allow_interruptions = session.allow_interruptions,
                           .dictation_pause = session.dictation_delay};
    if (!language_of(plan).starts_with("en")) {
        turn.words = core::TurnWords{};
    }
    return turn;
}

/// The caller's own zone, else the agent's, else the tenant's, else UTC. Names that nobody knows
/// are passed over: the agent's was checked when it was written.
std::shared_ptr<const core::ZoneRules> zone_of(const CallPlan& plan, TimeZones* zones) {
    const std::string names[] = {member_text(plan.record.user_context, "timezone"),
                                 plan.agent.session.timezone,
                                 member_text(Json(plan.tenant), "timezone")};
    for (const std::string& name : names) {
        auto rules = zones == nullptr || name.empty() ? nullptr : zones->find(name);
        if (rules != nullptr) {
            return rules;
        }
    }
    return nullptr;
}

SpeechToTextOptions stream_options(const CallPlan& plan) {
    const core::SttConfig& stt = plan.agent.stt;
    return {.language = stt.language.empty() ? language_of(plan) : stt.language,
            .model = stt.model,
            .interim_results = stt.interim_results,
            .options = stt.options};
}

SynthesisRequest synthesis_request(const CallPlan& plan, const core::CallContext& context,
                                   const CallSessionOptions& options) {
    const core::TtsConfig& tts = plan.agent.tts;
    const std::string language = language_of(plan);
    const auto by_language = tts.voices.find(language);
    const std::string& voice = by_language == tts.voices.end() ? tts.voice_id : by_language->second;
    return {.text = {},
            .language = language,
            .voice = core::render_text(voice, context).text,
            .model = tts.model,
            .options = tts.options,
            .timeout = options.synthesis_timeout};
}

}  // namespace

CallSession::Body::Body(runtime::Loop& loop, CallPlan plan, CallProviders providers,
                        std::unique_ptr<CallMedia> media, CallObserver& observer,
                        CallSessionOptions options)
    : loop_(loop),
      plan_(std::move(plan)),
      providers_(providers),
      observer_(observer),
      options_(options),
      context_(user_of(plan_), plan_.tenant),
      call_(make_call(call_options(plan_, options_), plan_, loop_.wall_now())),
      turn_(plan_.snapshot ? core::Turn(turn_options(plan_), plan_.snapshot->turn, loop_.now())
                           : core::Turn(turn_options(plan_))),
      dialog_({.system_prompt = {},
               .apology = render(plan_.agent.session.apology),
               .failures_max = options_.failures_max},
              plan_.snapshot ? plan_.snapshot->dialog : core::Dialog::Saved{}),
      listening_(*this, providers_.speech_to_text, stream_options(plan_), options_),
      answering_(*this, providers_.language_model, options_),
      voice_(*this, providers_, synthesis_request(plan_, context_, options_), options_),
      tools_(*this, providers_.http_client, context_, options_),
      reporter_(loop_, observer, plan_.record,
                {[this](const std::string& message) {
                     if (media_ != nullptr) {
                         media_->send_message(message);
                     }
                 },
                 [this](const MediaTranscript& transcript) {
                     if (media_ != nullptr) {
                         media_->show_transcript(transcript);
                     }
                 }}),
      media_(std::move(media)) {
    context_.set_agent(plan_.record.agent_name);
    context_.set_zone(zone_of(plan_, options_.time_zones));
    context_.set_now(loop_.wall_now());
    for (core::ToolDefinition& tool : plan_.tools) {
        tools_.add(std::move(tool));
    }
    tools_.on_done([this](const core::DialogToolCall& call, const core::ToolFinished& finished) {
        reporter_.tool_done(call, finished);
        checkpoint_due_ = true;
    });
    if (plan_.snapshot) {
        restore();
    }
}

void CallSession::Body::start() {
    if (options_.input_log != nullptr) {
        options_.input_log->command("start", "", now());
    }
    queue_.push(core::CallStart{});
    settle();
}

void CallSession::Body::hang_up(const char* command, core::EndReason reason,
                                core::LastWords last_words) {
    if (options_.input_log != nullptr) {
        options_.input_log->command(command, std::string(core::name_of(reason)), now());
    }
    catch_up();
    queue_.push(core::HangUp{reason, last_words});
    settle();
}

void CallSession::Body::catch_up() {
    if (is_frozen_) {
        return;
    }
    const Deadline due = next_deadline();
    if (due && now() >= *due) {
        tick_machines();
        work_off();
    }
}

void CallSession::Body::settle() {
    if (working_ || is_frozen_) {
        return;
    }
    work_off();
    arm_timer();
    if (std::exchange(checkpoint_due_, false) && options_.keeper != nullptr) {
        options_.keeper->on_checkpoint();
    }
}

void CallSession::Body::work_off() {
    if (working_) {
        return;
    }
    working_ = true;
    while (true) {
        while (!queue_.empty()) {
            dispatch(queue_.pop());
        }
        check_quiet();
        if (tools_.awaits_silence() && playout_.is_empty()) {
            tools_.on_silence();
        }
        if (!queue_.empty()) {
            continue;
        }
        if (!std::exchange(flush_wanted_, false)) {
            break;
        }
        finish_record();
    }
    show_state();
    working_ = false;
}

void CallSession::Body::show_state() {
    if (call_.phase() != core::Call::Phase::active && call_.phase() != core::Call::Phase::saying) {
        return;
    }
    const MediaAgentState state = agent_speaking_                    ? MediaAgentState::speaking
                                  : dialog_.is_busy() || turn_waits_ ? MediaAgentState::thinking
                                                                     : MediaAgentState::listening;
    if (std::exchange(shown_state_, state) != state) {
        media_->show_agent_state(state);
    }
}

void CallSession::Body::dispatch(MachineInput input) {
    const auto on_output = [this](const auto& output) {
        std::visit([this](const auto& which) { this->on(which); }, output);
    };
    if (auto* call = std::get_if<core::CallInput>(&input)) {
        drive(call_, *call, now(), on_output);
    } else if (auto* turn = std::get_if<core::TurnInput>(&input)) {
        // While the last words are said nobody has a turn.
        if (!call_.is_closing()) {
            observe_input(input);
            drive(turn_, *turn, now(), on_output);
        }
    } else if (auto* dialog = std::get_if<core::DialogInput>(&input)) {
        observe_input(input);
        drive(dialog_, *dialog, now(), on_output);
        // From here on the whole answer is known.
        checkpoint_due_ = checkpoint_due_ || std::holds_alternative<core::ModelDone>(*dialog);
    } else {
        observe_input(input);
        drive(playout_, std::get<core::PlayoutInput>(std::move(input)), now(), on_output);
    }
}

void CallSession::Body::tick_machines() {
    const Instant moment = now();
    queue_.push(core::CallTick{});
    queue_.push(core::TurnTick{});
    listening_.tick(moment);
    answering_.tick(moment);
    voice_.tick(moment);
    tools_.tick(moment);
    if (last_words_heard_at_ && moment >= *last_words_heard_at_) {
        last_words_heard_at_.reset();
        queue_.push(core::LastWordsSaid{});
    }
}

Deadline CallSession::Body::next_deadline() const {
    Deadline deadline = call_.next_deadline();
    if (call_.phase() == core::Call::Phase::active) {
        deadline = earlier(deadline, turn_.next_deadline());
    }
    deadline = earlier(deadline, listening_.next_deadline());
    deadline = earlier(deadline, answering_.next_deadline());
    deadline = earlier(deadline, voice_.next_deadline());
    deadline = earlier(deadline, tools_.next_deadline());
    return earlier(deadline, last_words_heard_at_);
}

void CallSession::Body::arm_timer() {
    const Deadline deadline = next_deadline();
    if (!deadline) {
        timer_.reset();
        timer_at_.reset();
        return;
    }
    // Deadlines move on with every frame; a timer that fires too early costs less than a new one
    // each time.
    if (timer_at_ && *timer_at_ <= *deadline) {
        return;
    }
    timer_at_ = deadline;
    timer_ = loop_.start_timer(*deadline, [this] {
        timer_at_.reset();
        // Timers run a little late, which is seen in latencies: their time is an input like others.
        if (options_.input_log != nullptr) {
            options_.input_log->command("tick", "", now());
        }
        catch_up();
        settle();
    });
}

}  // namespace studio::services
