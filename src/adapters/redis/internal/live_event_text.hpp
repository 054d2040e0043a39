#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ports/live_bus.hpp"

namespace studio::adapters {

/// A live event without its id, as Redis keeps it: call, type, time and data, each in a line.
[[nodiscard]] std::string live_event_text(const LiveEvent& event);
/// Nothing for whatever that does not write.
[[nodiscard]] std::optional<LiveEvent> parse_live_event(LiveId id, std::string_view text);
/// A message of the channel: the id, a line end, the event.
[[nodiscard]] std::optional<LiveEvent> parse_live_message(std::string_view text);

}  // namespace studio::adapters
