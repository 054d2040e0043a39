#include "adapters/http/api/calls/call_views.hpp"

#include "adapters/http/api/calls/call_query.hpp"
#include "adapters/http/api/page_view.hpp"
#include "base/json_or_null.hpp"

namespace studio::adapters {

namespace {

boost::json::string_view text_view(std::string_view text) {
    return {text.data(), text.size()};
}

template <class Figure>
Json figure_view(const std::optional<Figure>& figure) {
    return figure ? Json(*figure) : Json(nullptr);
}

Json stage_view(const std::optional<microseconds>& stage) {
    return stage ? Json(static_cast<double>(stage->count()) / 1'000.0) : Json(nullptr);
}

/// From the start of the conversation to its end, or to now while it lasts.
double duration_seconds(const core::CallRecord& record, WallTime now) {
    if (!record.started_at) {
        return 0.0;
    }
    const WallTime end = record.ended_at.value_or(now);
    return static_cast<double>(std::max<std::int64_t>(0, (end - *record.started_at).count())) /
           1'000.0;
}

Json usage_view(const std::vector<core::StageUsage>& usage) {
    JsonArray list;
    for (const core::StageUsage& line : usage) {
        const auto waits = static_cast<double>(line.latency.count());
        list.push_back(JsonObject{
            {"stage", text_view(core::name_of(line.stage))},
            {"provider", text_or_null(line.provider)},
            {"model", text_or_null(line.model)},
            {"agent_name", line.agent},
            {"requests", line.amounts.requests},
            {"input_tokens", line.amounts.input_tokens},
            {"output_tokens", line.amounts.output_tokens},
            {"characters", line.amounts.characters},
            {"audio_seconds", static_cast<double>(line.amounts.audio_ms) / 1'000.0},
            {"waits", line.latency.count()},
            {"avg_latency_ms", waits > 0
                                   ? Json(static_cast<double>(line.latency_us) / 1'000.0 / waits)
                                   : Json(nullptr)}});
    }
    return list;
}

Json latency_view(const core::TurnLatency& latency) {
    JsonObject view;
    for (const core::TurnStage& stage : core::turn_stages) {
        view[std::string(stage.name) + "_ms"] = stage_view(latency.*stage.reached);
    }
    return view;
}

}  // namespace

Json metrics_view(const core::CallRecord& record, WallTime now) {
    const core::CallMetrics& metrics = record.metrics;
    return JsonObject{{"duration_seconds", duration_seconds(record, now)},
                      {"turns", metrics.turns},
                      {"interruptions", metrics.interruptions},
                      {"early_answers_kept", metrics.early_answers_kept},
                      {"early_answers_dropped", metrics.early_answers_dropped},
                      {"agent_handoffs", metrics.agent_handoffs},
                      {"total_tokens", metrics.total_tokens},
                      {"stt_latency_ms", figure_view(metrics.stt_latency_ms)},
                      {"llm_latency_ms", figure_view(metrics.llm_latency_ms)},
                      {"tts_latency_ms", figure_view(metrics.tts_latency_ms)},
                      {"turn_latency_ms", figure_view(metrics.turn_latency_ms)},
                      {"packets_lost", metrics.packets_lost},
                      {"frames_late", metrics.frames_late}};
}

Json calls_view(const Page<core::CallRecord>& page, const PageRequest& asked, bool has_cursor,
                WallTime now) {
    JsonArray items;
    for (const core::CallRecord& record : page.items) {
        items.push_back(call_view(record, now));
    }
    // Of a list without a cursor the total tells; of one with a cursor, that the page is full.
    const bool is_full = page.total >= asked.limit;
    const bool has_more =
        !page.items.empty() &&
        (has_cursor ? is_full : page.total > std::uint64_t{asked.offset} + asked.limit);
    Json view = page_view(std::move(items), page.total, asked);
    JsonObject& object = view.get_object();
    if (has_cursor) {
        object["total"] = nullptr;
        object["offset"] = nullptr;
    }
    object["next_cursor"] = has_more ? Json(write_cursor(page.items.back())) : Json(nullptr);
    return view;
}

Json call_view(const core::CallRecord& record, WallTime now) {
    JsonArray history;
    for (const std::string& agent : record.agent_history) {
        history.emplace_back(agent);
    }
    // For the tenant whose number it is; never for the log.
    const std::string& phone = record.phone_number.reveal();
    const bool is_under_way = !core::is_final(record.status) && !record.agent_history.empty();
    return JsonObject{
        {"id", record.id.text()},
        {"agent_name", record.agent_name},
        {"workflow_id", text_or_null(record.workflow_id)},
        {"workflow_slug", text_or_null(record.workflow_slug)},
        {"user_id", text_or_null(record.user_id)},
        {"status", text_view(core::name_of(record.status))},
        {"status_reason", text_or_null(record.status_reason)},
        {"direction", text_view(core::name_of(record.direction))},
        {"call_type", text_view(core::name_of(record.type))},
        {"room_name", text_or_null(record.room_name)},
        {"phone_number", text_or_null(phone)},
        {"duration_seconds", duration_seconds(record, now)},
        {"agent_history", std::move(history)},
        {"current_agent", is_under_way ? Json(record.agent_history.back()) : Json(nullptr)},
        {"user_context", record.user_context},
        {"metadata", record.metadata},
        {"livemode", record.livemode},
        {"metrics", metrics_view(record, now)},
        {"errors", core::errors_to_json(record.errors)},
        {"usage", usage_view(record.usage)},
        {"created_at", to_rfc3339(record.created_at)},
        {"started_at", time_or_null(record.started_at)},
        {"ended_at", time_or_null(record.ended_at)}};
}

Json created_call_view(const services::CreatedCall& created) {
    const core::CallRecord& record = created.record;
    JsonObject view{
        {"call_id", record.id.text()},     {"status", text_view(core::name_of(record.status))},
        {"agent_name", record.agent_name}, {"workflow_slug", text_or_null(record.workflow_slug)},
        {"livemode", record.livemode},     {"created_at", to_rfc3339(record.created_at)}};
    if (created.room) {
        view["room_name"] = created.room->room_name;
        view["url"] = created.room->url;
        view["token"] = created.room->token.reveal();
        return view;
    }
    view["connect"] =
        JsonObject{{"type", "webrtc"},
                   {"method", "POST"},
                   {"url", "/api/v1/calls/" + record.id.text() + "/sdp"},
                   {"content_type", "application/sdp"},
                   {"events_channel", "events"},
                   {"expires_at", to_rfc3339(record.created_at + created.offer_timeout)}};
    return view;
}

Json transcript_view(const std::vector<core::TranscriptEntry>& entries) {
    JsonArray list;
    for (const core::TranscriptEntry& entry : entries) {
        JsonObject view{{"sequence", entry.sequence},
                        {"role", text_view(core::name_of(entry.role))},
                        {"content", entry.content},
                        {"agent", entry.agent},
                        {"timestamp", to_rfc3339(entry.timestamp)},
                        {"interrupted", entry.interrupted}};
        view["latency"] = entry.latency ? latency_view(*entry.latency) : Json(nullptr);
        view["tool"] = entry.tool;
        list.push_back(std::move(view));
    }
    return list;
}

}  // namespace studio::adapters
