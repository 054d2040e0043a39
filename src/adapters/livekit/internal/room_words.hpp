#pragma once

#include <string_view>

#include "ports/call_media.hpp"
#include "ports/media_room.hpp"
#include "protocol/livekit/signal_session.hpp"

namespace studio::adapters {

// What LiveKit says of a room, in the words of our ports.

/// `is_caller`: we are a caller ourselves, to whom the end of the room is the agent's hanging up.
[[nodiscard]] MediaCloseReason close_reason_of(livekit::SignalEndReason reason, bool is_caller);
/// Why a room could not be entered.
[[nodiscard]] RoomError room_error_of(livekit::SignalEndReason reason);
/// As front ends know the state of an agent.
[[nodiscard]] std::string_view text_of(MediaAgentState state);
[[nodiscard]] MediaParticipant participant_of(const livekit::SignalCaller& output);

}  // namespace studio::adapters
