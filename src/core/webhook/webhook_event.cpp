#include "core/webhook/webhook_event.hpp"

#include <algorithm>

#include "core/call/call_event.hpp"

namespace studio::core {

std::optional<std::string_view> parse_webhook_event(std::string_view text) {
    if (text == "*") {
        return "*";
    }
    if (text == name_of(CallEvent::agent_changed)) {
        return "call.agent.changed";
    }
    const auto* const found = std::find(webhook_events.begin(), webhook_events.end(), text);
    return found == webhook_events.end() ? std::nullopt : std::optional(*found);
}

std::vector<std::string_view> webhook_events_of(std::string_view stored_type) {
    // Who is told that a call started is told that it was asked for; that its two sides hear each
    // other is `call.connected`.
    if (stored_type == name_of(CallEvent::created)) {
        return {"call.started"};
    }
    if (stored_type == name_of(CallEvent::started)) {
        return {"call.connected"};
    }
    if (stored_type == name_of(CallEvent::agent_changed)) {
        return {"call.agent.changed"};
    }
    for (const CallEvent end :
         {CallEvent::completed, CallEvent::failed, CallEvent::disconnected, CallEvent::timeout}) {
        if (stored_type == name_of(end)) {
            return {name_of(end), "call.ended"};
        }
    }
    return {};
}

bool wants_event(const std::vector<std::string>& wanted, std::string_view type) {
    return std::any_of(wanted.begin(), wanted.end(),
                       [type](const std::string& name) { return name == "*" || name == type; });
}

}  // namespace studio::core
