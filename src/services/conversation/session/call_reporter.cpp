#include "services/conversation/session/internal/call_reporter.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "base/metric.hpp"

namespace studio::services {

namespace {

Counter& early_answers(const char* outcome) {
    return metrics().counter("studio_early_answers_total",
                             "Answers that were asked for before the caller's turn was over.",
                             "outcome=\"" + std::string(outcome) + '"');
}

/// Tools are left out: their names are the tenants', and would be as many labels.
void count_failure(const core::CallError& error) {
    if (error.stage == core::CallStage::tool || error.stage == core::CallStage::call) {
        return;
    }
    metrics()
        .counter("studio_provider_failures_total",
                 "Requests to providers that failed, also those that another try mended.",
                 "stage=\"" + std::string(core::name_of(error.stage)) + "\",provider=\"" +
                     error.provider + "\",error=\"" + error.code + '"')
        .add();
}

}  // namespace

CallReporter::CallReporter(runtime::Loop& loop, CallObserver& observer, CallMedia& media,
                           core::CallRecord record)
    : loop_(loop),
      observer_(observer),
      media_(media),
      record_(std::move(record)),
      agent_(record_.agent_name) {}

void CallReporter::Mean::add(std::optional<microseconds> from, std::optional<microseconds> to) {
    if (from && to && *to >= *from) {
        sum += static_cast<double>((*to - *from).count()) / 1000.0;
        ++count;
    }
}

std::optional<double> CallReporter::Mean::value() const {
    if (count == 0) {
        return std::nullopt;
    }
    return sum / count;
}

SavedReport CallReporter::save() const {
    return {.sequence = sequence_,
            .turn = turn_,
            .started_at = record_.started_at,
            .ended_at = record_.ended_at,
            .interruptions = record_.metrics.interruptions,
            .early_answers_kept = record_.metrics.early_answers_kept,
            .early_answers_dropped = record_.metrics.early_answers_dropped,
            .agent_handoffs = handoffs_,
            .agent_history = record_.agent_history,
            .errors = record_.errors,
            .usage = record_.usage,
            .agent_heard = agent_heard_,
            .packets_lost = record_.metrics.packets_lost,
            .frames_late = record_.metrics.frames_late,
            .recognition = recognition_,
            .model = model_,
            .synthesis = synthesis_,
            .whole = whole_};
}

void CallReporter::restore(const SavedReport& saved, const std::string& agent) {
    is_resumed_ = true;
    sequence_ = saved.sequence;
    turn_ = saved.turn;
    record_.started_at = saved.started_at;
    record_.metrics.interruptions = saved.interruptions;
    record_.metrics.early_answers_kept = saved.early_answers_kept;
    record_.metrics.early_answers_dropped = saved.early_answers_dropped;
    agent_ = agent;
    handoffs_ = saved.agent_handoffs;
    record_.metrics.agent_handoffs = handoffs_;
    // The row knows more where its last holder died between telling of a hand-over and keeping it:
    // it is done again, and told once.
    if (record_.agent_history.size() < saved.agent_history.size()) {
        record_.agent_history = saved.agent_history;
    }
    core::merge_errors(record_.errors, saved.errors);
    core::merge_usage(record_.usage, saved.usage);
    agent_heard_ = saved.agent_heard;
    record_.metrics.packets_lost = saved.packets_lost;
    record_.metrics.frames_late = saved.frames_late;
    recognition_ = {saved.recognition};
    model_ = {saved.model};
    synthesis_ = {saved.synthesis};
    whole_ = {saved.whole};
}

void CallReporter::became(core::CallStatus status) {
    // The store learns at once who holds the call now.
    // That a phone rings is no less true where another worker holds it.
    const bool is_step_back = !is_resumed_ && record_.status > status;
    if (!is_step_back) {
        record_.status = is_resumed_ ? core::CallStatus::active : status;
    }
    if (status == core::CallStatus::active) {
        if (!record_.started_at) {
            record_.started_at = loop_.wall_now();
        }
        if (record_.agent_history.empty()) {
            record_.agent_history.push_back(agent_);
        }
        active_at_ = loop_.now() - (loop_.wall_now() - *record_.started_at);
        is_active_ = true;
        send("status", {{"call_id", record_.id.text()},
                        {"status", "active"},
                        {"reason", ""},
                        {"agent", agent_}});
    }
    observer_.on_call_status(record_);
}

void CallReporter::agent_changed(const std::string& agent) {
    const std::string previous = std::exchange(agent_, agent);
    ++handoffs_;
    record_.metrics.agent_handoffs = handoffs_;
    std::vector<std::string>& history = record_.agent_history;
    if (history.size() > handoffs_) {
        history[handoffs_] = agent;
    } else {
        history.push_back(agent);
    }
    send("agent_changed", {{"agent", agent}, {"previous_agent", previous}});
    observer_.on_call_status(record_);
}

void CallReporter::note_error(const core::CallError& error) {
    count_failure(error);
    const bool is_news = core::add_error(record_.errors, error);
    if (is_news && is_active_ && !core::is_final(record_.status)) {
        observer_.on_call_status(record_);
    }
}

void CallReporter::closing(const core::Ending& ending, const MediaStats& stats,
                           std::uint64_t tokens) {
    // Of a call that was carried on and whose caller did not come back, the time in which nobody
    // held it is none.
    const WallTime now = loop_.wall_now();
    record_.agent_heard = agent_heard_;
    core::end_record(record_, ending,
                     is_resumed_ && !is_active_ ? core::lived_until(record_, now) : now);
    core::CallMetrics& metrics = record_.metrics;
    metrics.turns = turn_;
    metrics.total_tokens = tokens;
    metrics.stt_latency_ms = recognition_.value();
    metrics.llm_latency_ms = model_.value();
    metrics.tts_latency_ms = synthesis_.value();
    metrics.turn_latency_ms = whole_.value();
    // Of an earlier holder's connection, and of this one.
    metrics.packets_lost += stats.packets_lost;
    metrics.frames_late += stats.frames_late;
}

void CallReporter::partial(const std::string& text) {
    send("transcript",
         {{"role", "user"}, {"content", text}, {"final", false}, {"turn", turn_ + 1}});
    show_user(turn_ + 1, text, false);
}

void CallReporter::turn_ended(const core::TurnEnded& turn) {
    ++turn_;
    last_speech_at_ = turn.last_speech_at;
    latency_.emplace();
    model_asked_.reset();
    reach(&core::TurnLatency::endpoint_decided, turn.endpoint_at);
    reach(&core::TurnLatency::transcript_final, turn.final_at);
    show_user(turn_, turn.text, true);
    add_entry(core::TranscriptRole::user, turn.text, {});
}

void CallReporter::early_asked(Instant now) {
    early_asked_at_ = now;
    early_token_at_.reset();
}

void CallReporter::early_settled(bool is_kept) {
    static Counter& kept = early_answers("kept");
    static Counter& dropped = early_answers("dropped");
    (is_kept ? kept : dropped).add(1);
    core::CallMetrics& figures = record_.metrics;
    ++(is_kept ? figures.early_answers_kept : figures.early_answers_dropped);
    const Deadline asked_at = std::exchange(early_asked_at_, std::nullopt);
    const Deadline token_at = std::exchange(early_token_at_, std::nullopt);
    if (is_kept) {
        will_speak();
    }
    if (!is_kept || !asked_at) {
        return;
    }
    model_asked_ = since_speech(*asked_at);
    if (token_at) {
        reach(&core::TurnLatency::first_token, *token_at);
    }
}

void CallReporter::first_token(Instant now) {
    if (!early_asked_at_) {
        reach(&core::TurnLatency::first_token, now);
    } else if (!early_token_at_) {
        early_token_at_ = now;
    }
}

void CallReporter::interrupted(bool was_speaking) {
    record_.metrics.interruptions += was_speaking ? 1 : 0;
}

void CallReporter::will_speak() {
    if (!agent_heard_ && !record_.silent_since) {
        record_.silent_since = loop_.wall_now();
    }
}

void CallReporter::sentence_started(const std::string& text, Instant now, bool is_answer) {
    agent_heard_ = true;
    send("transcript",
         {{"role", "assistant"}, {"content", text}, {"final", false}, {"turn", turn_}});
    answer_text_ += (answer_text_.empty() ? "" : " ") + text;
    show_agent(answer_text_, false);
    if (is_answer && latency_ && !latency_->first_packet) {
        reach(&core::TurnLatency::first_packet, now);
        send_latency();
    }
}

void CallReporter::answer_heard(const core::AnswerHeard& answer) {
    if (answer.interrupted) {
        send("interrupted", {{"content", answer.text}});
    }
    if (!answer.text.empty() || !answer_segment_.empty()) {
        show_agent(answer.text, true);
    }
    if (answer.text.empty()) {
        return;
    }
    core::TranscriptEntry entry;
    entry.interrupted = answer.interrupted;
    if (latency_ && latency_->first_packet) {
        entry.latency = std::exchange(latency_, std::nullopt);
    }
    add_entry(core::TranscriptRole::assistant, answer.text, std::move(entry));
}

void CallReporter::tool_done(const core::DialogToolCall& call, const core::ToolFinished& finished) {
    core::TranscriptEntry entry;
    const auto arguments = parse_json(call.arguments, json_to_repair);
    entry.tool = JsonObject{{"name", call.name},
                            {"arguments", arguments ? *arguments : Json(call.arguments)},
                            {"result", finished.result}};
    add_entry(core::TranscriptRole::tool, call.name, std::move(entry));
    send("tool", {{"name", call.name}, {"ok", finished.ok}});
}

void CallReporter::speaking(const char* who, bool on) {
    send("speaking", {{"who", who}, {"on", on}});
}

void CallReporter::supervised(const core::CallCommand& command) {
    const std::string action = core::name_of(command.kind);
    const JsonObject did{{"action", action}, {"text", command.text}, {"flag", command.flag}};
    core::TranscriptEntry entry;
    entry.tool = JsonObject{{"name", "supervisor"}, {"arguments", did}, {"result", {{"ok", true}}}};
    add_entry(core::TranscriptRole::tool, "supervisor", std::move(entry));
    observer_.on_call_event(record_, "control", did);
}

void CallReporter::reach(Stage stage, Instant now) {
    if (latency_ && !((*latency_).*stage)) {
        (*latency_).*stage = since_speech(now);
    }
}

/// What was reached while the caller was still to be heard is reached at once.
microseconds CallReporter::since_speech(Instant at) const {
    return std::max(microseconds(0), duration_cast<microseconds>(at - last_speech_at_));
}

void CallReporter::add_entry(core::TranscriptRole role, std::string content,
                             core::TranscriptEntry entry) {
    entry.sequence = sequence_++;
    entry.role = role;
    entry.content = std::move(content);
    entry.agent = agent_;
    entry.timestamp = loop_.wall_now();
    if (role != core::TranscriptRole::tool) {
        send("transcript", {{"role", core::name_of(role)},
                            {"content", entry.content},
                            {"final", true},
                            {"turn", turn_}});
    }
    observer_.on_transcript(record_, entry);
}

void CallReporter::send_latency() {
    const auto model_asked = model_asked_ ? model_asked_ : latency_->transcript_final;
    recognition_.add(latency_->endpoint_decided, latency_->transcript_final);
    model_.add(model_asked, latency_->first_token);
    synthesis_.add(latency_->first_sentence, latency_->first_audio);
    whole_.add(microseconds(0), latency_->first_packet);
    const auto waited = [this](core::UsageStage stage, std::optional<microseconds> from,
                               std::optional<microseconds> to) {
        used_.note_wait(record_.usage, stage, agent_, from, to);
    };
    waited(core::UsageStage::stt, latency_->endpoint_decided, latency_->transcript_final);
    waited(core::UsageStage::llm, model_asked, latency_->first_token);
    waited(core::UsageStage::tts, latency_->first_sentence, latency_->first_audio);
    waited(core::UsageStage::turn, microseconds(0), latency_->first_packet);
    JsonObject event{{"turn", turn_}};
    for (const core::TurnStage& stage : core::turn_stages) {
        if (const auto reached = (*latency_).*stage.reached) {
            event[std::string(stage.name) + "_ms"] = to_milliseconds(*reached);
        }
    }
    send("latency", std::move(event));
}

void CallReporter::send(const char* type, JsonObject event) {
    if (!is_active_) {
        return;
    }
    const std::string_view kind = type;
    if (kind != "status" && kind != "transcript") {
        observer_.on_call_event(record_, kind, event);
    }
    JsonObject message{{"type", type}, {"at_ms", to_milliseconds(loop_.now() - active_at_)}};
    for (auto& member : event) {
        message[member.key()] = std::move(member.value());
    }
    media_.send_message(serialize_json(message));
}

void CallReporter::show_user(std::uint32_t turn, const std::string& text, bool is_final) {
    show({.segment_id = "user-" + std::to_string(turn),
          .is_agent = false,
          .text = text,
          .is_final = is_final});
}

void CallReporter::show(const MediaTranscript& transcript) {
    if (CallRoom* const room = media_.room(); room != nullptr) {
        room->show_transcript(transcript);
    }
}

/// The number of the next entry names the answer, so that who carries the call on uses new names.
void CallReporter::show_agent(const std::string& text, bool is_final) {
    if (answer_segment_.empty()) {
        answer_segment_ = "agent-" + std::to_string(sequence_);
    }
    show({.segment_id = answer_segment_, .is_agent = true, .text = text, .is_final = is_final});
    if (is_final) {
        answer_segment_.clear();
        answer_text_.clear();
    }
}

}  // namespace studio::services
