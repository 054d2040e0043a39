#include "adapters/sqlite/internal/call_rows.hpp"

#include <array>
#include <type_traits>

namespace studio::adapters::sqlite {

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

using Stage = std::optional<microseconds> core::TurnLatency::*;
constexpr std::array<std::pair<std::string_view, Stage>, 6> stages{{
    {"endpoint_decided_us", &core::TurnLatency::endpoint_decided},
    {"transcript_final_us", &core::TurnLatency::transcript_final},
    {"first_token_us", &core::TurnLatency::first_token},
    {"first_sentence_us", &core::TurnLatency::first_sentence},
    {"first_audio_us", &core::TurnLatency::first_audio},
    {"first_packet_us", &core::TurnLatency::first_packet},
}};

std::optional<core::TranscriptRole> parse_role(std::string_view name) {
    for (const auto role : {core::TranscriptRole::user, core::TranscriptRole::assistant,
                            core::TranscriptRole::tool}) {
        if (core::name_of(role) == name) {
            return role;
        }
    }
    return std::nullopt;
}

}  // namespace

Json metrics_to_json(const core::CallMetrics& metrics) {
    JsonObject object{{"turns", metrics.turns},
                      {"interruptions", metrics.interruptions},
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

core::CallMetrics metrics_from_json(const Json& json) {
    return {.turns = static_cast<std::uint32_t>(count_of(json, "turns")),
            .interruptions = static_cast<std::uint32_t>(count_of(json, "interruptions")),
            .agent_handoffs = static_cast<std::uint32_t>(count_of(json, "agent_handoffs")),
            .total_tokens = count_of(json, "total_tokens"),
            .stt_latency_ms = figure_of(json, "stt_latency_ms"),
            .llm_latency_ms = figure_of(json, "llm_latency_ms"),
            .tts_latency_ms = figure_of(json, "tts_latency_ms"),
            .turn_latency_ms = figure_of(json, "turn_latency_ms"),
            .packets_lost = count_of(json, "packets_lost"),
            .frames_late = count_of(json, "frames_late")};
}

Json latency_to_json(const core::TurnLatency& latency) {
    JsonObject object;
    for (const auto& [name, stage] : stages) {
        if (const auto& reached = latency.*stage) {
            object[{name.data(), name.size()}] = reached->count();
        }
    }
    return object;
}

core::TurnLatency latency_from_json(const Json& json) {
    core::TurnLatency latency;
    for (const auto& [name, stage] : stages) {
        const Json* member = find_member(json, name);
        if (member != nullptr && member->is_int64()) {
            latency.*stage = microseconds{member->get_int64()};
        }
    }
    return latency;
}

Result<core::CallRecord, StoreError> read_call(const Query& query) {
    const auto status = core::parse_call_status(query.text(4));
    auto user_context = query.json(8);
    auto metadata = query.json(9);
    const auto history = query.json(10);
    const auto metrics = query.json(11);
    if (!status || !user_context || !metadata || !history || !history->is_array() || !metrics) {
        return fail(StoreError::corrupt);
    }
    core::CallRecord record;
    record.id = CallId(query.text(0));
    record.tenant_id = TenantId(query.text(1));
    record.agent_name = query.text(2);
    record.user_id = query.text(3);
    record.status = *status;
    record.status_reason = query.text(5);
    record.direction = query.text(6) == core::name_of(core::CallDirection::outbound)
                           ? core::CallDirection::outbound
                           : core::CallDirection::inbound;
    record.type = query.text(7) == core::name_of(core::CallType::sip) ? core::CallType::sip
                                                                      : core::CallType::voip;
    record.user_context = std::move(*user_context);
    record.metadata = std::move(*metadata);
    for (const Json& agent : history->get_array()) {
        if (!agent.is_string()) {
            return fail(StoreError::corrupt);
        }
        record.agent_history.emplace_back(agent.get_string());
    }
    record.metrics = metrics_from_json(*metrics);
    record.created_at = query.time(12);
    record.started_at = query.optional_time(13);
    record.ended_at = query.optional_time(14);
    return record;
}

Result<core::TranscriptEntry, StoreError> read_entry(const Query& query) {
    const auto role = parse_role(query.text(1));
    if (!role) {
        return fail(StoreError::corrupt);
    }
    core::TranscriptEntry entry;
    entry.sequence = static_cast<std::uint32_t>(query.number(0));
    entry.role = *role;
    entry.content = query.text(2);
    entry.agent = query.text(3);
    entry.timestamp = query.time(4);
    entry.interrupted = query.truth(5);
    if (!query.is_null(6)) {
        const auto latency = query.json(6);
        if (!latency) {
            return fail(latency.error());
        }
        entry.latency = latency_from_json(*latency);
    }
    if (!query.is_null(7)) {
        auto tool = query.json(7);
        if (!tool) {
            return fail(tool.error());
        }
        entry.tool = std::move(*tool);
    }
    return entry;
}

}  // namespace studio::adapters::sqlite
