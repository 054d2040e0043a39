#include "core/webhook/webhook_payload.hpp"

#include <algorithm>
#include <utility>

#include "core/call/call_json.hpp"

namespace studio::core {

namespace {

/// What a model's hand-off tools are called by (core/workflow/handoff_tools.hpp), and the parameter
/// that is a summary for the next agent and no finding.
constexpr std::string_view handoff_prefix = "hand_over_to_";
constexpr std::string_view summary_parameter = "conversation_summary";

boost::json::string_view view_of(std::string_view text) {
    return {text.data(), text.size()};
}

Json line_view(const TranscriptEntry& entry) {
    return JsonObject{{"sequence", entry.sequence},
                      {"role", view_of(name_of(entry.role))},
                      {"content", entry.content},
                      {"agent", entry.agent},
                      {"timestamp", to_rfc3339(entry.timestamp)},
                      {"interrupted", entry.interrupted},
                      {"tool", entry.tool}};
}

double duration_of(const CallRecord& record) {
    if (!record.started_at || !record.ended_at) {
        return 0.0;
    }
    const auto lasted = (*record.ended_at - *record.started_at).count();
    return static_cast<double>(std::max<std::int64_t>(0, lasted)) / 1'000.0;
}

/// The agent before the present one; null where there was none.
Json previous_agent(const Json& stored) {
    const Json* history = find_member(stored, "agent_history");
    const JsonArray* agents = history == nullptr ? nullptr : history->if_array();
    return agents == nullptr || agents->size() < 2 ? Json(nullptr) : (*agents)[agents->size() - 2];
}

void add_end(JsonObject& data, const CallRecord& record,
             const std::vector<TranscriptEntry>& transcript) {
    JsonArray lines;
    for (const TranscriptEntry& entry : transcript) {
        lines.push_back(line_view(entry));
    }
    Json metrics = metrics_to_json(record.metrics);
    metrics.get_object()["duration_seconds"] = duration_of(record);
    const std::string place = "/api/v1/calls/" + record.id.text();
    data["duration_seconds"] = duration_of(record);
    data["metrics"] = std::move(metrics);
    data["transcript"] = std::move(lines);
    data["extracted"] = extracted_data(transcript);
    data["links"] = JsonObject{{"call", place}, {"transcript", place + "/transcript"}};
}

}  // namespace

std::string webhook_body(WebhookEnvelope envelope) {
    return serialize_json(
        JsonObject{{"id", envelope.id},
                   {"object", "event"},
                   {"api_version", view_of(webhook_api_version)},
                   {"created", envelope.created.time_since_epoch().count() / 1'000},
                   {"type", view_of(envelope.type)},
                   {"tenant_id", envelope.tenant_id.text()},
                   {"livemode", envelope.livemode},
                   {"data", std::move(envelope.data)}});
}

std::string webhook_event_id(const CallId& call, std::uint64_t sequence) {
    std::string id = "evt_" + call.text() + '_' + std::to_string(sequence);
    std::erase(id, '-');
    return id;
}

Json webhook_data(const Json& stored, const CallRecord& record,
                  const std::vector<TranscriptEntry>& transcript, bool is_end) {
    const JsonObject* known = stored.if_object();
    JsonObject data = known == nullptr ? JsonObject{{"call_id", record.id.text()}} : *known;
    data["metadata"] = record.metadata;
    data["previous_agent"] = previous_agent(stored);
    data["duration_seconds"] = 0.0;
    data["metrics"] = JsonObject{};
    data["transcript"] = JsonArray{};
    if (is_end) {
        add_end(data, record, transcript);
    }
    return data;
}

Json extracted_data(const std::vector<TranscriptEntry>& transcript) {
    JsonObject found;
    for (const TranscriptEntry& entry : transcript) {
        if (entry.role != TranscriptRole::tool ||
            !member_text(entry.tool, "name").starts_with(handoff_prefix)) {
            continue;
        }
        const Json* arguments = find_member(entry.tool, "arguments");
        const JsonObject* values = arguments == nullptr ? nullptr : arguments->if_object();
        if (values == nullptr) {
            continue;
        }
        for (const auto& [name, value] : *values) {
            if (name != view_of(summary_parameter)) {
                found[name] = value;
            }
        }
    }
    return found;
}

}  // namespace studio::core
