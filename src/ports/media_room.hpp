#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/interface.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "base/sensitive.hpp"
#include "base/strong_id.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "ports/call_media.hpp"

namespace studio {

/// Which room to enter, and as whom.
struct RoomJoin {
    std::string room_name;
    /// The agent's identity in the room. A second join under the same identity replaces the first,
    /// which is how a call changes its worker.
    std::string identity;
    std::string display_name;
    /// For log lines; empty where it is nobody's call.
    CallId call_id{};
    /// The right to enter, where somebody else gave it (an assigned job); empty makes one.
    Secret<std::string> token;
    /// Whom the call is for, where we gave the identity; empty means the first who has a microphone
    /// or writes. Others who do are heard as well.
    std::string caller_identity;
    /// The call is carried on: its caller may have left it to the others.
    bool may_lack_caller = false;
    /// A phone is the only other participant: G.711 spares both sides a codec.
    bool phone_only = false;
    /// Asked before the room is entered again after the connection was lost, since that throws out
    /// who is there under the identity; as long as it says no, it waits. Empty means yes.
    std::function<bool()> may_return;
    /// Until the room answered.
    milliseconds timeout{10'000};
};

enum class RoomError : std::uint8_t {
    /// No connection, or the server failed. May succeed if tried again.
    unavailable,
    /// Key, secret or token are wrong or lack a right.
    unauthorized,
    /// There is no such room, and it may not be made.
    no_room,
    /// What the server says is not what the protocol says.
    malformed,
    /// Every port or place is taken.
    full,
};

[[nodiscard]] constexpr bool is_transient(RoomError error) {
    return error == RoomError::unavailable || error == RoomError::full;
}

/// Rooms of a media server that this process enters as the agent. One object per loop, used on that
/// loop only; it outlives the media that it made.
class MediaRooms : public Interface {
public:
    /// Enters and publishes the agent's voice at once, so that a phone is answered. The media's
    /// MediaConnected comes when the connection stands; MediaClosed{never_connected} where it does
    /// not.
    [[nodiscard]] virtual Task<Result<std::unique_ptr<CallMedia>, RoomError>> join(
        RoomJoin request) = 0;
};

}  // namespace studio
