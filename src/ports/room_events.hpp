#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/interface.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "ports/room_people.hpp"

namespace studio {

/// Something that happened in a room, as the media server reports it.
struct RoomEvent {
    enum class Kind : std::uint8_t {
        room_started,
        room_finished,
        participant_joined,
        /// Left, or was given up after its connection broke.
        participant_left,
        /// Came, but its media never connected.
        participant_aborted,
        /// Everything that calls do not care about.
        other,
    };
    enum class LeaveReason : std::uint8_t {
        /// None given, or one that says nothing.
        unknown,
        /// By its own wish: it hung up.
        left,
        /// Somebody with the same identity came: it is still here.
        replaced,
        /// Somebody with the right removed it.
        removed,
        /// With everybody else, as the room was deleted or closed.
        room_closed,
        /// The network.
        connection_lost,
    };

    /// Unique; the same where a report is sent again.
    std::string id;
    Kind kind = Kind::other;
    std::string room_name;
    /// Of the participant events.
    std::string identity;
    ParticipantKind participant = ParticipantKind::standard;
    LeaveReason reason = LeaveReason::unknown;
};

enum class RoomEventError : std::uint8_t {
    /// Not signed by the media server, too old, or changed on the way.
    unauthorized,
    /// Signed, but nothing that can be read.
    malformed,
};

/// Checks and reads the media server's reports. Pure; any thread.
class RoomEventReader : public Interface {
public:
    /// `authorization` is the header as it came, `body` the raw bytes.
    [[nodiscard]] virtual Result<RoomEvent, RoomEventError> read(std::string_view authorization,
                                                                 std::string_view body,
                                                                 WallTime now) const = 0;
};

}  // namespace studio
