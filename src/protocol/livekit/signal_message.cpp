#include "protocol/livekit/signal_message.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/base64.hpp"
#include "base/json.hpp"
#include "livekit.pb.h"

namespace studio::livekit {
namespace {

// Enumerations of the protocol that we only write, or compare with.
constexpr int track_type_audio = 0;
constexpr int source_unknown = 0;
constexpr int source_microphone = 2;
constexpr int state_active = 2;
constexpr int state_disconnected = 3;
constexpr int quality_lost = 3;
constexpr int sdk_cpp = 10;
constexpr int protocol_version = 16;

ParticipantKind kind_of(int kind) {
    switch (kind) {
        case 0:
            return ParticipantKind::standard;
        case 1:
            return ParticipantKind::ingress;
        case 2:
            return ParticipantKind::egress;
        case 3:
            return ParticipantKind::sip;
        case 4:
            return ParticipantKind::agent;
        default:
            return ParticipantKind::other;
    }
}

Participant to_participant(const wire::ParticipantInfo& info) {
    Participant participant;
    participant.sid = info.sid();
    participant.identity = info.identity();
    participant.kind = kind_of(info.kind());
    participant.is_gone = info.state() == state_disconnected;
    participant.is_connected = info.state() == state_active;
    participant.joined_at = info.joined_at();
    participant.reason = static_cast<DisconnectReason>(info.disconnect_reason());
    for (const wire::TrackInfo& track : info.tracks()) {
        const bool is_voice =
            track.source() == source_microphone || track.source() == source_unknown;
        participant.tracks.push_back(
            {track.sid(), track.type() == track_type_audio && is_voice, track.muted()});
    }
    participant.attributes = {info.attributes().begin(), info.attributes().end()};
    return participant;
}

seconds positive(int value, seconds otherwise) {
    return value > 0 && value <= 3600 ? seconds(value) : otherwise;
}

Joined to_joined(const wire::JoinResponse& response) {
    Joined joined;
    joined.self = to_participant(response.participant());
    for (const wire::ParticipantInfo& info : response.other_participants()) {
        joined.others.push_back(to_participant(info));
    }
    joined.ping_interval = positive(response.ping_interval(), joined.ping_interval);
    joined.ping_timeout = positive(response.ping_timeout(), joined.ping_timeout);
    joined.server_version = response.server_info().version();
    return joined;
}

LeaveAction action_of(const wire::LeaveRequest& leave) {
    switch (leave.action()) {
        case 1:
            return LeaveAction::resume;
        case 2:
            return LeaveAction::reconnect;
        default:
            // Servers before the actions said it so.
            return leave.can_reconnect() ? LeaveAction::reconnect : LeaveAction::disconnect;
    }
}

/// RTCIceCandidateInit as JSON.
SignalMessage to_candidate(const wire::TrickleRequest& trickle) {
    const auto json = parse_json(trickle.candidateinit());
    return json ? SignalMessage(CandidateFound{member_text(*json, "candidate")})
                : SignalMessage(OtherMessage{});
}

SignalMessage to_participants(const wire::ParticipantUpdate& update) {
    ParticipantsChanged changed;
    for (const wire::ParticipantInfo& info : update.participants()) {
        changed.participants.push_back(to_participant(info));
    }
    return changed;
}

SignalMessage to_quality(const wire::ConnectionQualityUpdate& update) {
    QualityChanged changed;
    for (const wire::ConnectionQualityInfo& info : update.updates()) {
        changed.participants.push_back({info.participant_sid(), info.quality() == quality_lost});
    }
    return changed;
}

void set_client(wire::JoinRequest& request) {
    request.mutable_client_info()->set_sdk(sdk_cpp);
    request.mutable_client_info()->set_version("agent-studio");
    request.mutable_client_info()->set_protocol(protocol_version);
}

std::string make_target(const wire::JoinRequest& request) {
    wire::WrappedJoinRequest wrapped;
    request.SerializeToString(wrapped.mutable_join_request());
    return "/rtc?join_request=" +
           encode_base64(bytes_of(wrapped.SerializeAsString()), Base64Kind::url);
}

}  // namespace

Result<SignalMessage, SignalError> parse_signal(ByteView bytes) {
    wire::SignalResponse response;
    if (bytes.size() > std::numeric_limits<int>::max() ||
        !response.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
        return fail(SignalError::malformed);
    }
    switch (response.message_case()) {
        case wire::SignalResponse::kJoin:
            return to_joined(response.join());
        case wire::SignalResponse::kAnswer:
            return Answered{response.answer().sdp(), response.answer().id()};
        case wire::SignalResponse::kTrickle:
            return to_candidate(response.trickle());
        case wire::SignalResponse::kUpdate:
            return to_participants(response.update());
        case wire::SignalResponse::kTrackPublished:
            return TrackPublished{response.track_published().cid(),
                                  response.track_published().track().sid()};
        case wire::SignalResponse::kTrackSubscribed:
            return TrackSubscribed{response.track_subscribed().track_sid()};
        case wire::SignalResponse::kLeave:
            return LeaveReceived{action_of(response.leave()),
                                 static_cast<DisconnectReason>(response.leave().reason())};
        case wire::SignalResponse::kConnectionQuality:
            return to_quality(response.connection_quality());
        case wire::SignalResponse::kRefreshToken:
            return TokenRefreshed{Secret<std::string>(response.refresh_token())};
        case wire::SignalResponse::kReconnect:
            return Resumed{};
        case wire::SignalResponse::kPongResp:
            return PongReceived{response.pong_resp().last_ping_timestamp()};
        case wire::SignalResponse::kMediaSectionsRequirement:
            return SectionsNeeded{response.media_sections_requirement().num_audios()};
        case wire::SignalResponse::MESSAGE_NOT_SET:
            break;
    }
    return OtherMessage{};
}

std::string make_join_target(const JoinParameters& join) {
    wire::JoinRequest request;
    set_client(request);
    // Only what we ask for is sent to us.
    request.mutable_connection_settings()->set_auto_subscribe(false);
    request.mutable_participant_attributes()->insert(join.attributes.begin(),
                                                     join.attributes.end());
    wire::AddTrackRequest& track = *request.add_add_track_requests();
    track.set_cid(std::string(join.track_id));
    track.set_name("voice");
    track.set_type(track_type_audio);
    track.set_source(source_microphone);
    track.set_disable_red(true);
    if (join.is_pcmu) {
        wire::SimulcastCodec& codec = *track.add_simulcast_codecs();
        codec.set_codec("pcmu");
        codec.set_cid(std::string(join.track_id));
    }
    wire::SessionDescription& offer = *request.mutable_publisher_offer();
    offer.set_type("offer");
    offer.set_sdp(std::string(join.offer_sdp));
    offer.set_id(join.offer_id);
    return make_target(request);
}

std::string make_resume_target(std::string_view participant_sid) {
    wire::JoinRequest request;
    set_client(request);
    request.mutable_connection_settings()->set_auto_subscribe(false);
    request.set_reconnect(true);
    request.set_participant_sid(std::string(participant_sid));
    return make_target(request);
}

std::string make_offer(std::string_view sdp, std::uint32_t id) {
    wire::SignalRequest request;
    request.mutable_offer()->set_type("offer");
    request.mutable_offer()->set_sdp(std::string(sdp));
    request.mutable_offer()->set_id(id);
    return request.SerializeAsString();
}

std::string make_subscription(const std::string& participant_sid, const std::string& track_sid,
                              bool subscribe) {
    wire::SignalRequest request;
    wire::UpdateSubscription& subscription = *request.mutable_subscription();
    subscription.set_subscribe(subscribe);
    wire::ParticipantTracks& tracks = *subscription.add_participant_tracks();
    tracks.set_participant_sid(participant_sid);
    tracks.add_track_sids(track_sid);
    return request.SerializeAsString();
}

std::string make_attributes(const std::map<std::string, std::string>& attributes) {
    wire::SignalRequest request;
    request.mutable_update_metadata()->mutable_attributes()->insert(attributes.begin(),
                                                                    attributes.end());
    return request.SerializeAsString();
}

std::string make_ping(std::int64_t timestamp, milliseconds round_trip) {
    wire::SignalRequest request;
    request.mutable_ping_req()->set_timestamp(timestamp);
    request.mutable_ping_req()->set_rtt(round_trip.count());
    return request.SerializeAsString();
}

std::string make_leave() {
    wire::SignalRequest request;
    request.mutable_leave()->set_reason(static_cast<int>(DisconnectReason::client_initiated));
    return request.SerializeAsString();
}

}  // namespace studio::livekit
