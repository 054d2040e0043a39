#include "services/live/call_teller.hpp"
#include "base/json_or_null.hpp"

#include <algorithm>
#include <utility>

namespace studio::services {
namespace {

Json name(std::string_view text) {
    return Json(boost::json::string_view(text.data(), text.size()));
}

double duration_seconds(const core::CallRecord& record, WallTime now) {
    if (!record.started_at) {
        return 0.0;
    }
    const auto length = record.ended_at.value_or(now) - *record.started_at;
    return static_cast<double>(std::max<std::int64_t>(0, length.count())) / 1'000.0;
}

}  // namespace

JsonObject live_call_view(const core::CallRecord& record, WallTime now) {
    const bool has_agent = !core::is_final(record.status) && !record.agent_history.empty();
    return {{"call_id", record.id.text()},
            {"status", name(core::name_of(record.status))},
            {"status_reason", text_or_null(record.status_reason)},
            {"duration_seconds", duration_seconds(record, now)},
            {"agent_name", record.agent_name},
            {"current_agent", has_agent ? Json(record.agent_history.back()) : Json(nullptr)},
            {"workflow_id", text_or_null(record.workflow_id)},
            {"workflow_slug", text_or_null(record.workflow_slug)},
            {"user_id", text_or_null(record.user_id)},
            {"call_type", name(core::name_of(record.type))},
            {"direction", name(core::name_of(record.direction))},
            {"created_at", to_rfc3339(record.created_at)},
            {"started_at", time_or_null(record.started_at)},
            {"ended_at", time_or_null(record.ended_at)},
            {"timestamp", to_rfc3339(now)}};
}

JsonObject live_line_view(const CallId& id, const core::TranscriptEntry& entry) {
    return {{"call_id", id.text()},
            {"sequence", entry.sequence},
            {"role", name(core::name_of(entry.role))},
            {"content", entry.content},
            {"agent", entry.agent},
            {"interrupted", entry.interrupted},
            {"timestamp", to_rfc3339(entry.timestamp)}};
}

void CallTeller::tell(const core::CallRecord& record, std::string_view type, JsonObject data) {
    if (sink_ == nullptr) {
        return;
    }
    LiveEvent event;
    event.call_id = record.id;
    event.type = std::string(type);
    event.timestamp = to_rfc3339(loop_.wall_now());
    event.data = serialize_json(Json(std::move(data)));
    sink_->publish(record.tenant_id, std::move(event));
}

void CallTeller::tell_of_call(const char* type, const core::CallRecord& record) {
    if (sink_ != nullptr) {
        tell(record, type, live_call_view(record, loop_.wall_now()));
    }
}

void CallTeller::ended(const core::CallRecord& record) {
    tell_of_call(record.status == core::CallStatus::failed ? "failed" : "ended", record);
}

void CallTeller::transcript(const core::CallRecord& record, const core::TranscriptEntry& entry) {
    if (entry.role == core::TranscriptRole::tool) {
        return;
    }
    tell(record, "transcript", live_line_view(record.id, entry));
}

void CallTeller::event(const core::CallRecord& record, std::string_view type, JsonObject data) {
    if (sink_ == nullptr) {
        return;
    }
    data["call_id"] = record.id.text();
    data["timestamp"] = to_rfc3339(loop_.wall_now());
    tell(record, type, std::move(data));
}

}  // namespace studio::services
