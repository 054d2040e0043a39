#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/interface.hpp"
#include "base/result.hpp"
#include "base/sensitive.hpp"
#include "base/task.hpp"
#include "core/call/phone_context.hpp"
#include "ports/media_room.hpp"

namespace studio {

/// What somebody in a room is.
enum class ParticipantKind : std::uint8_t { standard, phone, agent, other };

/// Somebody in a room, as the media server tells.
struct RoomParticipant {
    std::string identity;
    std::string name;
    ParticipantKind kind = ParticipantKind::standard;
    std::string metadata;
    /// Of a phone: its numbers and more (docs/phones.md).
    Pii<core::PhoneContext> phone;
};

/// Who is in a room. One object per loop, used on that loop only.
class RoomPeople : public Interface {
public:
    /// Empty for an empty room; no_room where there is none.
    [[nodiscard]] virtual Task<Result<std::vector<RoomParticipant>, RoomError>> list(
        std::string room_name) = 0;
    /// Whether the room is there, with or without people in it.
    [[nodiscard]] virtual Task<Result<bool, RoomError>> exists(std::string room_name) = 0;
};

}  // namespace studio
