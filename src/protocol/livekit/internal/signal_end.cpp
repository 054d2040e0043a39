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

SignalEndReason end_of_us(DisconnectReason reason) {
    switch (reason) {
        case DisconnectReason::participant_removed:
            return SignalEndReason::removed;
        case DisconnectReason::room_deleted:
        case DisconnectReason::room_closed:
            return SignalEndReason::room_closed;
        default:
            return SignalEndReason::connection_lost;
    }
}

}  // namespace studio::livekit
