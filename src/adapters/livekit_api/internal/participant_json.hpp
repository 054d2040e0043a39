#pragma once

#include "base/json.hpp"
#include "ports/room_events.hpp"
#include "ports/room_people.hpp"

namespace studio::adapters::livekit_api {

/// A ParticipantInfo as protobuf's JSON writes it. What is absent or of another type is empty; at
/// most 256 attributes are taken.
[[nodiscard]] RoomParticipant read_participant(const Json& json);

/// Its disconnect_reason.
[[nodiscard]] RoomEvent::LeaveReason read_leave_reason(const Json& participant);

}  // namespace studio::adapters::livekit_api
