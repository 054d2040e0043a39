#include "core/call/call_event.hpp"

#include "core/call/call_json.hpp"

namespace studio::core {

namespace {

CallEvent final_event(CallStatus status) {
    switch (status) {
        case CallStatus::failed:
            return CallEvent::failed;
        case CallStatus::disconnected:
            return CallEvent::disconnected;
        case CallStatus::timeout:
            return CallEvent::timeout;
        default:
            return CallEvent::completed;
    }
}

}  // namespace

std::string_view name_of(CallEvent event) {
    switch (event) {
        case CallEvent::created:
            return "call.created";
        case CallEvent::started:
            return "call.started";
        case CallEvent::agent_changed:
            return "call.agent_changed";
        case CallEvent::completed:
            return "call.completed";
        case CallEvent::failed:
            return "call.failed";
        case CallEvent::disconnected:
            return "call.disconnected";
        case CallEvent::timeout:
            return "call.timeout";
    }
    return "call.unknown";
}

std::vector<CallEvent> events_of_new(const CallRecord& record) {
    std::vector<CallEvent> events{CallEvent::created};
    // The first agents came with the call.
    const CallState before{CallStatus::pending, record.agent_history.size()};
    for (const CallEvent event : events_of_change(before, record)) {
        events.push_back(event);
    }
    return events;
}

std::vector<CallEvent> events_of_change(const CallState& before, const CallRecord& after) {
    std::vector<CallEvent> events;
    const bool has_changed = before.status != after.status;
    if (has_changed && after.status == CallStatus::active) {
        events.push_back(CallEvent::started);
    }
    // The first agent came with the call.
    if (before.agents > 0 && after.agent_history.size() > before.agents) {
        events.push_back(CallEvent::agent_changed);
    }
    if (has_changed && is_final(after.status)) {
        events.push_back(final_event(after.status));
    }
    return events;
}

Json event_payload(const CallRecord& record) {
    JsonObject payload{{"call_id", record.id.text()},
                       {"agent_name", record.agent_name},
                       {"workflow_id", record.workflow_id},
                       {"workflow_slug", record.workflow_slug},
                       {"user_id", record.user_id},
                       {"status", name_of(record.status)},
                       {"status_reason", record.status_reason},
                       {"direction", name_of(record.direction)},
                       {"call_type", name_of(record.type)},
                       {"room_name", record.room_name},
                       {"livemode", record.livemode},
                       {"agent_history", names_to_json(record.agent_history)},
                       {"errors", errors_to_json(record.errors)},
                       {"created_at", to_rfc3339(record.created_at)}};
    if (!record.agent_history.empty() && !is_final(record.status)) {
        payload["current_agent"] = record.agent_history.back();
    }
    if (record.started_at) {
        payload["started_at"] = to_rfc3339(*record.started_at);
    }
    if (record.ended_at) {
        payload["ended_at"] = to_rfc3339(*record.ended_at);
    }
    return payload;
}

}  // namespace studio::core
