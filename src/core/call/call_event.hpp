#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "core/call/call_record.hpp"

namespace studio::core {

/// What other systems are told of a call.
enum class CallEvent : std::uint8_t {
    created,
    started,
    agent_changed,
    completed,
    failed,
    disconnected,
    timeout,
};

/// `call.created` and so on.
[[nodiscard]] std::string_view name_of(CallEvent event);

/// What of a stored call decides which events a newer state of it means.
struct CallState {
    CallStatus status = CallStatus::pending;
    /// How many names its agent history has.
    std::size_t agents = 0;
};

/// The events of a row that is new.
[[nodiscard]] std::vector<CallEvent> events_of_new(const CallRecord& record);
/// The events of a row that was `before` and is `after` now, in their order.
[[nodiscard]] std::vector<CallEvent> events_of_change(const CallState& before,
                                                      const CallRecord& after);

/// What an event tells of the call: no phone number and nothing that was said.
[[nodiscard]] Json event_payload(const CallRecord& record);

}  // namespace studio::core
