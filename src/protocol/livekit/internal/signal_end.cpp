#include "protocol/livekit/internal/signal_end.hpp"

namespace studio::livekit {

SignalEndReason end_of_caller(DisconnectReason reason) {
    switch (reason) {
        case DisconnectReason::client_initiated:
        case DisconnectReason::duplicate_identity:
        case DisconnectReason::migration:
        // What a telephone says instead of coming.
        case DisconnectReason::user_unavailable:
        case DisconnectReason::user_rejected:
        case DisconnectReason::sip_trunk_failure:
            return SignalEndReason::remote;
        case DisconnectReason::participant_removed:
            return SignalEndReason::caller_removed;
        case DisconnectReason::room_deleted:
        case DisconnectReason::room_closed:
            return SignalEndReason::room_closed;
        default:
            return SignalEndReason::caller_lost;
    }
}

SignalEndReason end_of_us(DisconnectReason reason, bool is_away) {
    switch (reason) {
        case DisconnectReason::participant_removed:
            return SignalEndReason::removed;
        case DisconnectReason::room_deleted:
            return SignalEndReason::room_closed;
        case DisconnectReason::room_closed:
            // The server closes rooms in which only agents are left. Where somebody left long ago
            // (the agent of another worker), it may do so before it says that the caller went:
            // livekit-server 1.13, Room.CloseIfEmpty between RemoveParticipant and its leftAt.
            return is_away ? SignalEndReason::caller_lost : SignalEndReason::remote;
        default:
            return SignalEndReason::connection_lost;
    }
}

}  // namespace studio::livekit
