#include "adapters/livekit_api/internal/participant_json.hpp"

#include <map>
#include <string>

#include "adapters/livekit_api/phone_attributes.hpp"
#include "adapters/livekit_api/twirp_client.hpp"

namespace studio::adapters::livekit_api {

namespace {

constexpr std::size_t attributes_max = 256;

/// Enums come by name or by number; the zero value may be left out.
ParticipantKind read_kind(const Json& json) {
    const std::string name = twirp_text(json, "kind");
    const std::uint64_t number = twirp_number(json, "kind");
    if (name == "SIP" || number == 3) {
        return ParticipantKind::phone;
    }
    if (name == "AGENT" || number == 4) {
        return ParticipantKind::agent;
    }
    const bool is_standard = (name.empty() && number == 0) || name == "STANDARD";
    return is_standard ? ParticipantKind::standard : ParticipantKind::other;
}

}  // namespace

RoomParticipant read_participant(const Json& json) {
    RoomParticipant participant;
    participant.identity = twirp_text(json, "identity");
    participant.name = twirp_text(json, "name");
    participant.kind = read_kind(json);
    participant.metadata = twirp_text(json, "metadata");
    std::map<std::string, std::string> attributes;
    const Json* const members = twirp_member(json, "attributes");
    if (members != nullptr && members->is_object()) {
        for (const auto& [name, value] : members->get_object()) {
            if (value.is_string() && attributes.size() < attributes_max) {
                attributes.emplace(name, value.get_string());
            }
        }
    }
    participant.phone = Pii<core::PhoneContext>(read_phone_attributes(attributes));
    return participant;
}

RoomEvent::LeaveReason read_leave_reason(const Json& participant) {
    using Reason = RoomEvent::LeaveReason;
    struct Row {
        std::string_view name;
        std::uint64_t number;
        Reason reason;
    };
    static constexpr Row rows[] = {
        {"CLIENT_INITIATED", 1, Reason::left},
        {"DUPLICATE_IDENTITY", 2, Reason::replaced},
        {"SERVER_SHUTDOWN", 3, Reason::connection_lost},
        {"PARTICIPANT_REMOVED", 4, Reason::removed},
        {"ROOM_DELETED", 5, Reason::room_closed},
        {"STATE_MISMATCH", 6, Reason::connection_lost},
        {"JOIN_FAILURE", 7, Reason::connection_lost},
        {"MIGRATION", 8, Reason::replaced},
        {"SIGNAL_CLOSE", 9, Reason::connection_lost},
        {"ROOM_CLOSED", 10, Reason::room_closed},
        {"USER_UNAVAILABLE", 11, Reason::left},
        {"USER_REJECTED", 12, Reason::left},
        {"SIP_TRUNK_FAILURE", 13, Reason::connection_lost},
        {"CONNECTION_TIMEOUT", 14, Reason::connection_lost},
        {"MEDIA_FAILURE", 15, Reason::connection_lost},
    };
    const std::string name = twirp_text(participant, "disconnect_reason");
    const std::uint64_t number = twirp_number(participant, "disconnect_reason");
    for (const Row& row : rows) {
        if (name == row.name || (name.empty() && number == row.number)) {
            return row.reason;
        }
    }
    return Reason::unknown;
}

}  // namespace studio::adapters::livekit_api
