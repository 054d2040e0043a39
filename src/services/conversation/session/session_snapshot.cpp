#include "services/conversation/session/session_snapshot.hpp"

#include <algorithm>
#include <utility>

#include "core/call/call_json.hpp"

namespace studio::services {

namespace {

std::int64_t count_of(WallTime time) {
    return time.time_since_epoch().count();
}

Json optional_time(const std::optional<WallTime>& time) {
    return time ? Json(count_of(*time)) : Json(nullptr);
}

JsonObject to_json(const core::DialogToolCall& call) {
    return {{"id", call.id}, {"name", call.name}, {"arguments", call.arguments}};
}

Json to_json(const core::DialogHistory::Entry& entry) {
    JsonObject json{{"role", static_cast<int>(entry.message.role)},
                    {"content", entry.message.content}};
    if (!entry.message.tool_call_id.empty()) {
        json["tool_call_id"] = entry.message.tool_call_id;
    }
    JsonArray calls;
    for (const core::DialogToolCall& call : entry.message.tool_calls) {
        calls.push_back(to_json(call));
    }
    JsonArray sentences;
    for (const core::DialogHistory::Sentence& sentence : entry.sentences) {
        sentences.push_back(JsonObject{{"id", sentence.id},
                                       {"text", sentence.text},
                                       {"hearing", static_cast<int>(sentence.hearing)},
                                       {"interruptible", sentence.interruptible},
                                       {"heard", sentence.heard},
                                       {"aside", sentence.is_aside}});
    }
    json["tool_calls"] = std::move(calls);
    json["sentences"] = std::move(sentences);
    return json;
}

Json to_json(const core::Dialog::Saved& dialog) {
    JsonArray entries;
    for (const core::DialogHistory::Entry& entry : dialog.history.entries) {
        entries.push_back(to_json(entry));
    }
    JsonArray running;
    for (const std::string& id : dialog.running) {
        running.emplace_back(id);
    }
    JsonArray notes;
    for (const std::string& note : dialog.notes) {
        notes.emplace_back(note);
    }
    return JsonObject{{"notes", std::move(notes)},
                      {"is_muted", dialog.is_muted},
                      {"entries", std::move(entries)},
                      {"answer_begin", dialog.history.answer_begin},
                      {"state", static_cast<int>(dialog.state)},
                      {"answering", dialog.answering},
                      {"last_request", dialog.last_request},
                      {"last_sentence", dialog.last_sentence},
                      {"tokens", dialog.tokens},
                      {"tool_calls_made", dialog.tool_calls_made},
                      {"rounds", dialog.rounds},
                      {"failures", dialog.failures},
                      {"running", std::move(running)},
                      {"tools_spoke", dialog.tools_spoke},
                      {"end_reason", dialog.end_reason},
                      {"hand_off_to", dialog.hand_off_to}};
}

Json to_json(const SavedTool& tool) {
    JsonObject json = to_json(tool.call);
    json["request"] = tool.request;
    json["index"] = tool.index;
    json["effects"] = tool.effects;
    json["machine"] = tool.machine;
    json["params"] = tool.params;
    json["end_reason"] = tool.end_reason.value_or("");
    json["agent"] = tool.agent;
    json["hand_off_to"] = tool.hand_off_to.value_or("");
    return json;
}

Json to_json(const SavedMean& mean) {
    return JsonObject{{"sum", mean.sum}, {"count", mean.count}};
}

Json to_json(const SavedReport& report) {
    return JsonObject{{"sequence", report.sequence},
                      {"turn", report.turn},
                      {"started_at", optional_time(report.started_at)},
                      {"ended_at", optional_time(report.ended_at)},
                      {"interruptions", report.interruptions},
                      {"early_answers_kept", report.early_answers_kept},
                      {"early_answers_dropped", report.early_answers_dropped},
                      {"agent_handoffs", report.agent_handoffs},
                      {"agent_history", core::names_to_json(report.agent_history)},
                      {"errors", core::errors_to_json(report.errors)},
                      {"usage", core::usage_to_json(report.usage)},
                      {"agent_heard", report.agent_heard},
                      {"packets_lost", report.packets_lost},
                      {"frames_late", report.frames_late},
                      {"recognition", to_json(report.recognition)},
                      {"model", to_json(report.model)},
                      {"synthesis", to_json(report.synthesis)},
                      {"whole", to_json(report.whole)}};
}

core::DialogMessage to_message(const core::TranscriptEntry& entry) {
    if (entry.role == core::TranscriptRole::user) {
        return {core::DialogRole::user, entry.content, {}, {}};
    }
    if (entry.role == core::TranscriptRole::assistant) {
        return {core::DialogRole::assistant, entry.content, {}, {}};
    }
    // A tool's message without the model's call of it would be refused by models.
    return {core::DialogRole::system,
            "The tool " + entry.content + " was run: " + serialize_json(entry.tool),
            {},
            {}};
}

}  // namespace

std::string serialize_snapshot(const SessionSnapshot& snapshot) {
    JsonArray tools;
    for (const SavedTool& tool : snapshot.tools) {
        tools.push_back(to_json(tool));
    }
    JsonArray unwritten;
    for (const core::TranscriptEntry& entry : snapshot.unwritten) {
        unwritten.push_back(core::entry_to_json(entry));
    }
    const core::Call::Saved& call = snapshot.call;
    const core::Turn::Saved& turn = snapshot.turn;
    return serialize_json(
        JsonObject{{"version", SessionSnapshot::version},
                   {"call_id", snapshot.call_id.text()},
                   {"agent", snapshot.agent_name},
                   {"next_agent", snapshot.next_agent},
                   {"saved_at", count_of(snapshot.saved_at)},
                   {"handed_over", snapshot.handed_over},
                   {"call", JsonObject{{"phase", static_cast<int>(call.phase)},
                                       {"duration_left_ms", call.duration_left.count()},
                                       {"end_status", core::name_of(call.ending.status)},
                                       {"end_reason", call.ending.reason}}},
                   {"turn", JsonObject{{"utterance", turn.utterance},
                                       {"reprompts", turn.reprompts},
                                       {"partials_seen", turn.partials_seen},
                                       {"caller_silence_ms", turn.caller_silence.count()},
                                       {"early_wasted", turn.early_wasted}}},
                   {"dialog", to_json(snapshot.dialog)},
                   {"tools", std::move(tools)},
                   {"context", snapshot.context},
                   {"report", to_json(snapshot.report)},
                   {"unwritten", std::move(unwritten)}});
}

SessionSnapshot make_snapshot(const core::CallRecord& record,
                              const std::vector<core::TranscriptEntry>& entries,
                              milliseconds max_duration, WallTime now) {
    SessionSnapshot snapshot;
    snapshot.call_id = record.id;
    snapshot.agent_name = record.agent_name;
    snapshot.saved_at = now;
    snapshot.call.phase = core::Call::Phase::active;
    const milliseconds passed = record.started_at ? now - *record.started_at : milliseconds(0);
    snapshot.call.duration_left = std::clamp(max_duration - passed, milliseconds(0), max_duration);
    snapshot.context = nullptr;
    snapshot.report.started_at = record.started_at;
    snapshot.report.interruptions = record.metrics.interruptions;
    snapshot.report.errors = record.errors;
    snapshot.report.usage = record.usage;
    snapshot.report.agent_heard = false;  // Unless a line tells otherwise.
    add_entries(snapshot, entries);
    if (!record.agent_history.empty()) {
        // Who took over last may not have said anything yet.
        snapshot.agent_name = record.agent_history.back();
        snapshot.report.agent_history = record.agent_history;
        snapshot.report.agent_handoffs =
            static_cast<std::uint32_t>(record.agent_history.size() - 1);
    }
    return snapshot;
}

namespace {

/// A line that another agent's name stands at was said after the hand-over.
void note_agent(SessionSnapshot& snapshot, const core::TranscriptEntry& entry) {
    if (entry.agent.empty() || entry.agent == snapshot.agent_name) {
        return;
    }
    snapshot.agent_name = entry.agent;
    snapshot.next_agent.clear();
    ++snapshot.report.agent_handoffs;
    if (!snapshot.report.agent_history.empty()) {
        snapshot.report.agent_history.push_back(entry.agent);
    }
}

}  // namespace

void add_entries(SessionSnapshot& snapshot, const std::vector<core::TranscriptEntry>& entries) {
    for (const core::TranscriptEntry& entry : entries) {
        if (entry.sequence < snapshot.report.sequence) {
            continue;
        }
        snapshot.report.sequence = entry.sequence + 1;
        note_agent(snapshot, entry);
        core::Dialog::Saved& dialog = snapshot.dialog;
        if (entry.role == core::TranscriptRole::user) {
            ++snapshot.report.turn;
            // The turn that the snapshot knew was over by then, and this one is to be answered.
            dialog.state = core::Dialog::State::asking;
            dialog.last_request += 1;
        } else if (entry.role == core::TranscriptRole::assistant) {
            dialog.state = core::Dialog::State::idle;
            snapshot.report.agent_heard = true;
        } else {
            // Its answer is not known to have been heard, and the model knows what it did.
            dialog.state = core::Dialog::State::asking;
            dialog.last_request += 1;
        }
        dialog.answering = false;
        dialog.running.clear();
        dialog.end_reason.clear();
        dialog.hand_off_to.clear();
        snapshot.tools.clear();
        for (core::DialogHistory::Entry& earlier : dialog.history.entries) {
            std::erase_if(earlier.sentences, [](const core::DialogHistory::Sentence& sentence) {
                return sentence.hearing == core::DialogHistory::Hearing::waiting;
            });
        }
        dialog.history.entries.push_back({to_message(entry), {}});
        dialog.history.answer_begin = dialog.history.entries.size();
    }
}

}  // namespace studio::services
