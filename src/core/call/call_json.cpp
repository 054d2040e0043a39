#include "core/call/call_json.hpp"

#include <type_traits>
#include <utility>

namespace studio::core {

namespace {

template <class Figure>
void put(JsonObject& object, std::string_view name, const std::optional<Figure>& figure) {
    if (figure) {
        object[{name.data(), name.size()}] = *figure;
    }
}

std::uint64_t count_of(const Json& json, std::string_view name) {
    const Json* member = find_member(json, name);
    boost::json::error_code error;
    const auto count = member == nullptr ? 0 : member->to_number<std::uint64_t>(error);
    return error ? 0 : count;
}

std::optional<double> figure_of(const Json& json, std::string_view name) {
    const Json* member = find_member(json, name);
    if (member == nullptr || !member->is_number()) {
        return std::nullopt;
    }
    boost::json::error_code error;
    const auto figure = member->to_number<double>(error);
    return error ? std::nullopt : std::optional(figure);
}

void put_time(JsonObject& object, std::string_view name, const std::optional<WallTime>& time) {
    if (time) {
        object[{name.data(), name.size()}] = time->time_since_epoch().count();
    }
}

std::optional<WallTime> time_of(const Json& json, std::string_view name) {
    const Json* member = find_member(json, name);
    if (member == nullptr || !member->is_int64()) {
        return std::nullopt;
    }
    return WallTime{milliseconds{member->get_int64()}};
}

std::optional<std::string> text_of(const Json& json, std::string_view name) {
    const Json* member = find_member(json, name);
    if (member == nullptr || !member->is_string()) {
        return std::nullopt;
    }
    return std::string(member->get_string());
}

template <class Count>
std::optional<Count> whole_of(const Json& json, std::string_view name) {
    const Json* member = find_member(json, name);
    boost::json::error_code error;
    const auto count = member == nullptr ? Count() : member->to_number<Count>(error);
    return error || member == nullptr ? std::nullopt : std::optional(count);
}

std::string stored_name(const TurnStage& stage) {
    return std::string(stage.name) + "_us";
}

}  // namespace

Json metrics_to_json(const CallMetrics& metrics) {
    JsonObject object{{"turns", metrics.turns},
                      {"interruptions", metrics.interruptions},
                      {"early_answers_kept", metrics.early_answers_kept},
                      {"early_answers_dropped", metrics.early_answers_dropped},
                      {"agent_handoffs", metrics.agent_handoffs},
                      {"total_tokens", metrics.total_tokens},
                      {"packets_lost", metrics.packets_lost},
                      {"frames_late", metrics.frames_late}};
    put(object, "stt_latency_ms", metrics.stt_latency_ms);
    put(object, "llm_latency_ms", metrics.llm_latency_ms);
    put(object, "tts_latency_ms", metrics.tts_latency_ms);
    put(object, "turn_latency_ms", metrics.turn_latency_ms);
    return object;
}

CallMetrics metrics_from_json(const Json& json) {
    return {.turns = static_cast<std::uint32_t>(count_of(json, "turns")),
            .interruptions = static_cast<std::uint32_t>(count_of(json, "interruptions")),
            .early_answers_kept = static_cast<std::uint32_t>(count_of(json, "early_answers_kept")),
            .early_answers_dropped =
                static_cast<std::uint32_t>(count_of(json, "early_answers_dropped")),
            .agent_handoffs = static_cast<std::uint32_t>(count_of(json, "agent_handoffs")),
            .total_tokens = count_of(json, "total_tokens"),
            .stt_latency_ms = figure_of(json, "stt_latency_ms"),
            .llm_latency_ms = figure_of(json, "llm_latency_ms"),
            .tts_latency_ms = figure_of(json, "tts_latency_ms"),
            .turn_latency_ms = figure_of(json, "turn_latency_ms"),
            .packets_lost = count_of(json, "packets_lost"),
            .frames_late = count_of(json, "frames_late")};
}

Json latency_to_json(const TurnLatency& latency) {
    JsonObject object;
    for (const TurnStage& stage : turn_stages) {
        if (const auto& reached = latency.*stage.reached) {
            object[stored_name(stage)] = reached->count();
        }
    }
    return object;
}

std::optional<TurnLatency> latency_from_json(const Json& json) {
    if (!json.is_object()) {
        return std::nullopt;
    }
    TurnLatency latency;
    for (const TurnStage& stage : turn_stages) {
        const std::string name = stored_name(stage);
        if (!json.get_object().contains(name)) {
            continue;
        }
        const auto reached = whole_of<std::int64_t>(json, name);
        if (!reached) {
            return std::nullopt;
        }
        latency.*stage.reached = microseconds{*reached};
    }
    return latency;
}

Json names_to_json(const std::vector<std::string>& names) {
    JsonArray list;
    for (const std::string& name : names) {
        list.emplace_back(name);
    }
    return list;
}

std::optional<std::vector<std::string>> names_from_json(const Json& json) {
    if (!json.is_array()) {
        return std::nullopt;
    }
    std::vector<std::string> names;
    for (const Json& name : json.get_array()) {
        if (!name.is_string()) {
            return std::nullopt;
        }
        names.emplace_back(name.get_string());
    }
    return names;
}

std::optional<TranscriptRole> parse_transcript_role(std::string_view name) {
    for (const auto role :
         {TranscriptRole::user, TranscriptRole::assistant, TranscriptRole::tool}) {
        if (name_of(role) == name) {
            return role;
        }
    }
    return std::nullopt;
}

Json record_to_json(const CallRecord& record) {
    JsonObject object{{"id", record.id.text()},
                      {"tenant_id", record.tenant_id.text()},
                      {"agent_name", record.agent_name},
                      {"workflow_id", record.workflow_id},
                      {"workflow_slug", record.workflow_slug},
                      {"user_id", record.user_id},
                      {"status", name_of(record.status)},
                      {"status_reason", record.status_reason},
                      {"direction", name_of(record.direction)},
                      {"call_type", name_of(record.type)},
                      {"room_name", record.room_name},
                      {"phone_number", record.phone_number.reveal()},
                      {"fencing_token", record.fencing_token},
                      {"user_context", record.user_context},
                      {"metadata", record.metadata},
                      {"livemode", record.livemode},
                      {"agent_history", names_to_json(record.agent_history)},
                      {"metrics", metrics_to_json(record.metrics)},
                      {"errors", errors_to_json(record.errors)},
                      {"usage", usage_to_json(record.usage)},
                      {"created_at", record.created_at.time_since_epoch().count()}};
    put_time(object, "started_at", record.started_at);
    put_time(object, "ended_at", record.ended_at);
    return object;
}

Result<CallRecord, std::string> record_from_json(const Json& json) {
    const auto status = parse_call_status(member_text(json, "status"));
    const Json* history = find_member(json, "agent_history");
    auto names = history == nullptr ? std::nullopt : names_from_json(*history);
    const Json* user_context = find_member(json, "user_context");
    const Json* metadata = find_member(json, "metadata");
    const Json* metrics = find_member(json, "metrics");
    if (!status || !names || user_context == nullptr || metadata == nullptr || metrics == nullptr) {
        return fail(std::string("status, agent_history, user_context, metadata or metrics"));
    }
    CallRecord record;
    record.id = CallId(member_text(json, "id"));
    record.tenant_id = TenantId(member_text(json, "tenant_id"));
    if (record.id.empty() || record.tenant_id.empty()) {
        return fail(std::string("id or tenant_id"));
    }
    record.agent_name = member_text(json, "agent_name");
    record.workflow_id = member_text(json, "workflow_id");
    record.workflow_slug = member_text(json, "workflow_slug");
    record.user_id = member_text(json, "user_id");
    record.status = *status;
    record.status_reason = member_text(json, "status_reason");
    record.direction = member_text(json, "direction") == name_of(CallDirection::outbound)
                           ? CallDirection::outbound
                           : CallDirection::inbound;
    record.type =
        member_text(json, "call_type") == name_of(CallType::sip) ? CallType::sip : CallType::voip;
    record.room_name = member_text(json, "room_name");
    record.phone_number = Pii<std::string>(member_text(json, "phone_number"));
    record.fencing_token = count_of(json, "fencing_token");
    record.user_context = *user_context;
    record.metadata = *metadata;
    // What was written before there were test calls was none.
    const Json* livemode = find_member(json, "livemode");
    record.livemode = livemode == nullptr || *livemode != Json(false);
    record.agent_history = std::move(*names);
    record.metrics = metrics_from_json(*metrics);
    if (const Json* errors = find_member(json, "errors")) {
        record.errors = errors_from_json(*errors);
    }
    if (const Json* usage = find_member(json, "usage")) {
        record.usage = usage_from_json(*usage);
    }
    record.created_at = time_of(json, "created_at").value_or(WallTime{});
    record.started_at = time_of(json, "started_at");
    record.ended_at = time_of(json, "ended_at");
    return record;
}

Json entry_to_json(const TranscriptEntry& entry) {
    JsonObject object{{"sequence", entry.sequence},
                      {"role", name_of(entry.role)},
                      {"content", entry.content},
                      {"agent", entry.agent},
                      {"timestamp", entry.timestamp.time_since_epoch().count()},
                      {"interrupted", entry.interrupted},
                      {"tool", entry.tool}};
    if (entry.latency) {
        object["latency"] = latency_to_json(*entry.latency);
    }
    return object;
}

Result<TranscriptEntry, std::string> entry_from_json(const Json& json) {
    const auto sequence = whole_of<std::uint32_t>(json, "sequence");
    const auto role = parse_transcript_role(member_text(json, "role"));
    const auto content = text_of(json, "content");
    const auto agent = text_of(json, "agent");
    const auto timestamp = time_of(json, "timestamp");
    const Json* interrupted = find_member(json, "interrupted");
    const Json* tool = find_member(json, "tool");
    const Json* latency = find_member(json, "latency");
    const auto stages = latency == nullptr ? std::nullopt : latency_from_json(*latency);
    const std::pair<const char*, bool> members[] = {
        {"sequence", sequence.has_value()},
        {"role", role.has_value()},
        {"content", content.has_value()},
        {"agent", agent.has_value()},
        {"timestamp", timestamp.has_value()},
        {"interrupted", interrupted != nullptr && interrupted->is_bool()},
        {"tool", tool != nullptr},
        {"latency", latency == nullptr || stages.has_value()},
    };
    for (const auto& [name, is_right] : members) {
        if (!is_right) {
            return fail(std::string(name));
        }
    }
    return TranscriptEntry{.sequence = *sequence,
                           .role = *role,
                           .content = *content,
                           .agent = *agent,
                           .timestamp = *timestamp,
                           .interrupted = interrupted->get_bool(),
                           .latency = stages,
                           .tool = *tool};
}

}  // namespace studio::core
