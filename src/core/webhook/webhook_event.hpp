#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace studio::core {

/// The events that an endpoint can ask for, in the order in which a call may cause them. The names
/// are those of the webhooks; what is stored with a call has others (core/call/call_event.hpp).
inline constexpr std::array<std::string_view, 8> webhook_events{
    "call.started", "call.connected",    "call.agent.changed", "call.completed",
    "call.failed",  "call.disconnected", "call.timeout",       "call.ended"};

/// What POST /webhooks/{id}/test sends.
inline constexpr std::string_view webhook_test_event = "webhook.test";

/// The name of a webhook event in its one spelling (`call.agent_changed` is `call.agent.changed`),
/// or `*`; nothing for any other text.
[[nodiscard]] std::optional<std::string_view> parse_webhook_event(std::string_view text);

/// Which events of webhooks a stored event is, in their order; none for types that later versions
/// store. Every end of a call is `call.ended`, too.
[[nodiscard]] std::vector<std::string_view> webhook_events_of(std::string_view stored_type);

/// Whether an endpoint with this list gets events of this type.
[[nodiscard]] bool wants_event(const std::vector<std::string>& wanted, std::string_view type);

}  // namespace studio::core
