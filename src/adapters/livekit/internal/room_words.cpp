#include "adapters/livekit/internal/room_words.hpp"

#include "adapters/livekit_api/phone_attributes.hpp"
#include "protocol/livekit/data_packet.hpp"

namespace studio::adapters {

MediaCloseReason close_reason_of(livekit::SignalEndReason reason, bool is_caller) {
    switch (reason) {
        case livekit::SignalEndReason::local:
            return MediaCloseReason::local;
        case livekit::SignalEndReason::remote:
            return MediaCloseReason::remote;
        case livekit::SignalEndReason::caller_lost:
            return MediaCloseReason::caller_lost;
        case livekit::SignalEndReason::caller_removed:
            return MediaCloseReason::caller_removed;
        case livekit::SignalEndReason::removed:
            return MediaCloseReason::dismissed;
        case livekit::SignalEndReason::room_closed:
            // Which is how callers of ours see that the agent hung up.
            return is_caller ? MediaCloseReason::remote : MediaCloseReason::room_closed;
        case livekit::SignalEndReason::replaced:
            return MediaCloseReason::replaced;
        case livekit::SignalEndReason::connection_lost:
            return MediaCloseReason::connection_lost;
        case livekit::SignalEndReason::unavailable:
        case livekit::SignalEndReason::unauthorized:
        case livekit::SignalEndReason::no_room:
        case livekit::SignalEndReason::malformed:
            break;
    }
    return MediaCloseReason::failed;
}

RoomError room_error_of(livekit::SignalEndReason reason) {
    switch (reason) {
        case livekit::SignalEndReason::unauthorized:
            return RoomError::unauthorized;
        case livekit::SignalEndReason::no_room:
        case livekit::SignalEndReason::remote:
        case livekit::SignalEndReason::caller_lost:
        case livekit::SignalEndReason::caller_removed:
        case livekit::SignalEndReason::removed:
        case livekit::SignalEndReason::room_closed:
            return RoomError::no_room;
        case livekit::SignalEndReason::malformed:
            return RoomError::malformed;
        case livekit::SignalEndReason::local:
        case livekit::SignalEndReason::replaced:
        case livekit::SignalEndReason::connection_lost:
        case livekit::SignalEndReason::unavailable:
            break;
    }
    return RoomError::unavailable;
}

std::string_view text_of(MediaAgentState state) {
    switch (state) {
        case MediaAgentState::initializing:
            return "initializing";
        case MediaAgentState::listening:
            return "listening";
        case MediaAgentState::thinking:
            return "thinking";
        case MediaAgentState::speaking:
            break;
    }
    return "speaking";
}

namespace {

/// Nothing for a word that is none of ours: other people's agents have states of their own.
std::optional<MediaAgentState> parse_state(std::string_view text) {
    for (const MediaAgentState state : {MediaAgentState::initializing, MediaAgentState::listening,
                                        MediaAgentState::thinking, MediaAgentState::speaking}) {
        if (text == text_of(state)) {
            return state;
        }
    }
    return std::nullopt;
}

}  // namespace

MediaParticipant participant_of(const livekit::SignalCaller& output) {
    const livekit::Participant& who = output.participant;
    MediaParticipant told{.identity = who.identity,
                          .phone = std::nullopt,
                          .agent_state = std::nullopt,
                          .is_connected = who.is_connected,
                          .is_muted = output.is_muted};
    if (who.kind == livekit::ParticipantKind::sip) {
        told.phone = read_phone_attributes(who.attributes);
    }
    if (const auto state = who.attributes.find(std::string(livekit::agent_state_attribute));
        state != who.attributes.end()) {
        told.agent_state = parse_state(state->second);
    }
    return told;
}

}  // namespace studio::adapters
