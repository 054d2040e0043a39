#pragma once

#include "base/time.hpp"
#include "ports/media_room.hpp"
#include "protocol/jwt/livekit_token.hpp"

namespace studio::adapters {

/// The right of an agent to enter one room, speak, listen and show its state, and nothing else: not
/// to make a room, nor to send anybody away. Valid for ten minutes, to enter with; a connection
/// that is resumed brings a newer one.
[[nodiscard]] Secret<std::string> make_agent_token(const jwt::LivekitKey& key, const RoomJoin& join,
                                                   WallTime now);

}  // namespace studio::adapters
