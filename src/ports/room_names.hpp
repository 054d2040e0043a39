#pragma once

#include <string>
#include <string_view>

#include "base/strong_id.hpp"

namespace studio {

// What we call things in rooms of the media server: the only place that knows the prefixes, by
// which a room or a person is known as ours.

inline constexpr std::string_view own_room_prefix = "call-";
inline constexpr std::string_view agent_identity_prefix = "agent-";
inline constexpr std::string_view caller_identity_prefix = "caller-";
inline constexpr std::string_view phone_identity_prefix = "phone-";

/// The room that is made for a call.
[[nodiscard]] inline std::string own_room_of(const CallId& id) {
    return std::string(own_room_prefix) + id.text();
}
/// Whether `room_name` is the one that was made for the call, and not a room of others.
[[nodiscard]] inline bool is_own_room(std::string_view room_name, const CallId& id) {
    return room_name == own_room_of(id);
}

/// Who we are in the call's room: the same whichever worker holds it.
[[nodiscard]] inline std::string agent_identity_of(const CallId& id) {
    return std::string(agent_identity_prefix) + id.text();
}
[[nodiscard]] inline bool is_agent_identity(std::string_view identity) {
    return identity.starts_with(agent_identity_prefix);
}
/// Whom the token of a call lets in.
[[nodiscard]] inline std::string caller_identity_of(const CallId& id) {
    return std::string(caller_identity_prefix) + id.text();
}
/// A telephone that we called.
[[nodiscard]] inline std::string phone_identity_of(const CallId& id) {
    return std::string(phone_identity_prefix) + id.text();
}

}  // namespace studio
