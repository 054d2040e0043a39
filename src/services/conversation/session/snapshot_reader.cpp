#include <algorithm>
#include <limits>
#include <utility>

#include "core/call/call_json.hpp"
#include "services/conversation/session/session_snapshot.hpp"

namespace studio::services {

namespace {

/// More of anything is no snapshot of ours.
constexpr std::size_t items_max = 20'000;
constexpr std::int64_t day_ms = 86'400'000;

/// Reads members of one object; the first one that is missing or wrong is remembered, and from then
/// on every read gives nothing of use.
class Reader {
public:
    Reader(const Json* json, std::string path, std::string& error)
        : object_(json == nullptr ? nullptr : json->if_object()),
          path_(std::move(path)),
          error_(error) {
        if (object_ == nullptr) {
            report("", "must be an object");
        }
    }

    [[nodiscard]] const Json* find(const char* name) const {
        const Json* member = object_ == nullptr ? nullptr : object_->if_contains(name);
        if (member == nullptr) {
            report(name, "is missing");
        }
        return member;
    }
    [[nodiscard]] std::int64_t integer(const char* name, std::int64_t least,
                                       std::int64_t most) const {
        const Json* member = find(name);
        if (member != nullptr) {
            if (member->is_int64() && member->get_int64() >= least && member->get_int64() <= most) {
                return member->get_int64();
            }
            report(name, "must be an integer from " + std::to_string(least) + " to " +
                             std::to_string(most));
        }
        return least;
    }
    [[nodiscard]] std::uint32_t u32(const char* name) const {
        return static_cast<std::uint32_t>(
            integer(name, 0, std::numeric_limits<std::uint32_t>::max()));
    }
    [[nodiscard]] std::uint64_t u64(const char* name) const {
        return static_cast<std::uint64_t>(
            integer(name, 0, std::numeric_limits<std::int64_t>::max()));
    }
    [[nodiscard]] bool boolean(const char* name) const {
        const Json* member = find(name);
        if (member != nullptr && !member->is_bool()) {
            report(name, "must be true or false");
        }
        return member != nullptr && member->is_bool() && member->get_bool();
    }
    /// False where it is missing: what an earlier program did not write yet.
    [[nodiscard]] bool later_boolean(const char* name) const {
        return object_ != nullptr && object_->contains(name) && boolean(name);
    }
    /// Zero where it is missing: what an earlier program did not write yet.
    [[nodiscard]] std::uint32_t later_u32(const char* name) const {
        return object_ != nullptr && object_->contains(name) ? u32(name) : 0;
    }
    /// Empty where it is missing: what an earlier program did not write yet.
    [[nodiscard]] std::string later_text(const char* name) const {
        const bool is_there = object_ != nullptr && object_->contains(name);
        return is_there ? text(name) : std::string();
    }
    [[nodiscard]] std::vector<std::string> later_names(const char* name) const {
        const Json* member = object_ == nullptr ? nullptr : object_->if_contains(name);
        auto names = member == nullptr ? std::nullopt : core::names_from_json(*member);
        if (member != nullptr && (!names || names->size() > items_max)) {
            report(name, "must be a list of names");
        }
        return names ? std::move(*names) : std::vector<std::string>{};
    }
    [[nodiscard]] std::vector<core::CallError> later_errors(const char* name) const {
        const Json* member = object_ == nullptr ? nullptr : object_->if_contains(name);
        return member == nullptr ? std::vector<core::CallError>{} : core::errors_from_json(*member);
    }
    [[nodiscard]] std::vector<core::StageUsage> later_usage(const char* name) const {
        const Json* member = object_ == nullptr ? nullptr : object_->if_contains(name);
        return member == nullptr ? std::vector<core::StageUsage>{} : core::usage_from_json(*member);
    }
    [[nodiscard]] bool later_boolean(const char* name, bool otherwise) const {
        const bool is_there = object_ != nullptr && object_->contains(name);
        return is_there ? boolean(name) : otherwise;
    }
    [[nodiscard]] std::string text(const char* name) const {
        const Json* member = find(name);
        if (member != nullptr && !member->is_string()) {
            report(name, "must be a text");
        }
        return member != nullptr && member->is_string() ? std::string(member->get_string())
                                                        : std::string();
    }
    [[nodiscard]] double number(const char* name) const {
        const Json* member = find(name);
        if (member != nullptr && !member->is_number()) {
            report(name, "must be a number");
        }
        return member != nullptr && member->is_number() ? member->to_number<double>() : 0.0;
    }
    [[nodiscard]] std::optional<WallTime> time(const char* name) const {
        const Json* member = find(name);
        if (member == nullptr || member->is_null()) {
            return std::nullopt;
        }
        return WallTime(milliseconds(integer(name, 0, std::numeric_limits<std::int64_t>::max())));
    }
    [[nodiscard]] Reader object(const char* name) const {
        return Reader(find(name), path_ + name + '.', error_);
    }
    /// Runs `read` with a reader of each item.
    template <class Read>
    void each(const char* name, const Read& read) const {
        const Json* member = find(name);
        const JsonArray* list = member == nullptr ? nullptr : member->if_array();
        if (list == nullptr || list->size() > items_max) {
            report(name, "must be a list of at most 20000 items");
            return;
        }
        for (std::size_t index = 0; index < list->size(); ++index) {
            read(
                Reader(&(*list)[index], path_ + name + '[' + std::to_string(index) + "].", error_));
        }
    }
    void report(const std::string& name, const std::string& what) const {
        if (error_.empty()) {
            error_ = "the snapshot's " + path_ + name + ' ' + what;
        }
    }

private:
    const JsonObject* object_;
    std::string path_;
    std::string& error_;
};

core::DialogToolCall read_call(const Reader& reader) {
    return {reader.text("id"), reader.text("name"), reader.text("arguments")};
}

core::DialogHistory::Entry read_entry(const Reader& reader) {
    core::DialogHistory::Entry entry;
    entry.message.role = static_cast<core::DialogRole>(reader.integer("role", 0, 3));
    entry.message.content = reader.text("content");
    if (entry.message.role == core::DialogRole::tool) {
        entry.message.tool_call_id = reader.text("tool_call_id");
    }
    reader.each("tool_calls", [&entry](const Reader& call) {
        entry.message.tool_calls.push_back(read_call(call));
    });
    reader.each("sentences", [&entry](const Reader& item) {
        core::DialogHistory::Sentence sentence;
        sentence.id = item.u32("id");
        sentence.text = item.text("text");
        sentence.hearing = static_cast<core::DialogHistory::Hearing>(item.integer("hearing", 0, 2));
        sentence.interruptible = item.boolean("interruptible");
        sentence.heard = item.text("heard");
        sentence.is_aside = item.later_boolean("aside");
        entry.sentences.push_back(std::move(sentence));
    });
    return entry;
}

core::Dialog::Saved read_dialog(const Reader& reader) {
    core::Dialog::Saved dialog;
    reader.each("entries", [&dialog](const Reader& entry) {
        dialog.history.entries.push_back(read_entry(entry));
    });
    dialog.history.answer_begin = static_cast<std::size_t>(reader.integer(
        "answer_begin", 0, static_cast<std::int64_t>(dialog.history.entries.size())));
    dialog.state = static_cast<core::Dialog::State>(reader.integer("state", 0, 2));
    dialog.answering = reader.boolean("answering");
    dialog.last_request = reader.u32("last_request");
    dialog.last_sentence = reader.u32("last_sentence");
    dialog.tokens = reader.u64("tokens");
    dialog.tool_calls_made = reader.u32("tool_calls_made");
    dialog.rounds = static_cast<int>(reader.integer("rounds", 0, 1'000));
    dialog.failures = static_cast<int>(reader.integer("failures", 0, 1'000));
    const Json* running = reader.find("running");
    if (running != nullptr && running->is_array()) {
        for (const Json& id : running->get_array()) {
            if (!id.is_string()) {
                reader.report("running", "must be a list of texts");
                break;
            }
            dialog.running.emplace_back(id.get_string());
        }
    } else {
        reader.report("running", "must be a list of texts");
    }
    if (dialog.state == core::Dialog::State::asking && dialog.last_request == 0) {
        reader.report("last_request", "must be that of the answer under way");
    }
    dialog.tools_spoke = reader.boolean("tools_spoke");
    dialog.end_reason = reader.text("end_reason");
    dialog.hand_off_to = reader.later_text("hand_off_to");
    dialog.notes = reader.later_names("notes");
    dialog.is_muted = reader.later_boolean("is_muted", false);
    return dialog;
}

SavedTool read_tool(const Reader& reader) {
    SavedTool tool;
    tool.call = read_call(reader);
    tool.request = reader.u32("request");
    tool.index = reader.u32("index");
    tool.effects = reader.u32("effects");
    if (const Json* machine = reader.find("machine")) {
        tool.machine = *machine;
    }
    const Json* params = reader.find("params");
    if (params != nullptr && params->is_object()) {
        tool.params = params->get_object();
    } else {
        reader.report("params", "must be an object");
    }
    if (std::string reason = reader.text("end_reason"); !reason.empty()) {
        tool.end_reason = std::move(reason);
    }
    if (std::string target = reader.later_text("hand_off_to"); !target.empty()) {
        tool.hand_off_to = std::move(target);
    }
    tool.agent = reader.later_text("agent");
    return tool;
}

SavedMean read_mean(const Reader& reader) {
    return {reader.number("sum"), reader.u32("count")};
}

SavedReport read_report(const Reader& reader) {
    SavedReport report;
    report.sequence = reader.u32("sequence");
    report.turn = reader.u32("turn");
    report.started_at = reader.time("started_at");
    report.ended_at = reader.time("ended_at");
    report.interruptions = reader.u32("interruptions");
    report.early_answers_kept = reader.later_u32("early_answers_kept");
    report.early_answers_dropped = reader.later_u32("early_answers_dropped");
    report.agent_handoffs = reader.u32("agent_handoffs");
    report.agent_history = reader.later_names("agent_history");
    report.errors = reader.later_errors("errors");
    report.usage = reader.later_usage("usage");
    report.agent_heard = reader.later_boolean("agent_heard", true);
    report.packets_lost = reader.u64("packets_lost");
    report.frames_late = reader.u64("frames_late");
    report.recognition = read_mean(reader.object("recognition"));
    report.model = read_mean(reader.object("model"));
    report.synthesis = read_mean(reader.object("synthesis"));
    report.whole = read_mean(reader.object("whole"));
    return report;
}

core::TranscriptEntry read_transcript_entry(const Reader& reader, const Json& json) {
    auto entry = core::entry_from_json(json);
    if (!entry) {
        reader.report(entry.error(), "is missing or wrong");
        return {};
    }
    return *std::move(entry);
}

void read_call_state(const Reader& reader, core::Call::Saved& call) {
    call.phase = static_cast<core::Call::Phase>(reader.integer("phase", 0, 5));
    call.duration_left = milliseconds(reader.integer("duration_left_ms", 0, day_ms));
    const auto status = core::parse_call_status(reader.text("end_status"));
    if (!status || !core::is_final(*status)) {
        reader.report("end_status", "must be a final status");
    }
    call.ending.status = status.value_or(core::CallStatus::failed);
    call.ending.reason = reader.text("end_reason");
}

void read_turn(const Reader& reader, core::Turn::Saved& turn) {
    turn.utterance = reader.u32("utterance");
    turn.reprompts = static_cast<int>(reader.integer("reprompts", 0, 1'000));
    turn.partials_seen = reader.boolean("partials_seen");
    turn.caller_silence = milliseconds(reader.integer("caller_silence_ms", 0, day_ms));
    turn.early_wasted = reader.later_u32("early_wasted");
}

}  // namespace

Result<SessionSnapshot, std::string> parse_snapshot(std::string_view text) {
    if (text.size() > SessionSnapshot::bytes_max) {
        return fail(std::string("the snapshot is longer than 1 MiB"));
    }
    const auto json = parse_json(text, json_as_stored);
    if (!json) {
        return fail("the snapshot " + json.error().message);
    }
    std::string error;
    const Reader reader(&*json, "", error);
    if (reader.integer("version", 0, 1'000'000) != SessionSnapshot::version && error.empty()) {
        error = "the snapshot is of another version";
    }
    SessionSnapshot snapshot;
    snapshot.call_id = CallId(reader.text("call_id"));
    snapshot.agent_name = reader.text("agent");
    snapshot.next_agent = reader.later_text("next_agent");
    snapshot.saved_at = reader.time("saved_at").value_or(WallTime{});
    snapshot.handed_over = reader.boolean("handed_over");
    read_call_state(reader.object("call"), snapshot.call);
    read_turn(reader.object("turn"), snapshot.turn);
    snapshot.dialog = read_dialog(reader.object("dialog"));
    reader.each("tools",
                [&snapshot](const Reader& tool) { snapshot.tools.push_back(read_tool(tool)); });
    if (const Json* context = reader.find("context")) {
        snapshot.context = *context;
    }
    snapshot.report = read_report(reader.object("report"));
    const Json* unwritten = find_member(*json, "unwritten");
    std::size_t index = 0;
    reader.each("unwritten", [&](const Reader& entry) {
        snapshot.unwritten.push_back(read_transcript_entry(entry, unwritten->get_array()[index++]));
    });
    if (!error.empty()) {
        return fail(std::move(error));
    }
    return snapshot;
}

}  // namespace studio::services
