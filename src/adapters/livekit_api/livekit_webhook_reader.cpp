#include "adapters/livekit_api/livekit_webhook_reader.hpp"

#include "adapters/livekit_api/internal/participant_json.hpp"
#include "adapters/livekit_api/twirp_client.hpp"
#include "base/constant_time.hpp"

namespace studio::adapters {

namespace {

/// A room with 64 KiB of metadata and a participant with as much of attributes fit.
constexpr std::size_t body_bytes_max = 512U << 10U;
constexpr std::size_t id_bytes_max = 128;

RoomEvent::Kind kind_of(std::string_view name) {
    using Kind = RoomEvent::Kind;
    if (name == "room_started") {
        return Kind::room_started;
    }
    if (name == "room_finished") {
        return Kind::room_finished;
    }
    if (name == "participant_joined") {
        return Kind::participant_joined;
    }
    if (name == "participant_left") {
        return Kind::participant_left;
    }
    return name == "participant_connection_aborted" ? Kind::participant_aborted : Kind::other;
}

}  // namespace

Result<RoomEvent, RoomEventError> LivekitWebhookReader::read(std::string_view authorization,
                                                             std::string_view body,
                                                             WallTime now) const {
    if (body.size() > body_bytes_max) {
        return fail(RoomEventError::malformed);
    }
    constexpr std::string_view scheme = "Bearer ";
    if (authorization.starts_with(scheme)) {
        authorization.remove_prefix(scheme.size());
    }
    const auto claims = jwt::parse_livekit_token(authorization, key_, now);
    // A caller's token is signed by the same key, but has no sha256.
    if (!claims || claims->sha256.empty() ||
        !equals_in_constant_time(claims->sha256, jwt::sha256_base64(body))) {
        return fail(RoomEventError::unauthorized);
    }
    return parse_livekit_event(body);
}

Result<RoomEvent, RoomEventError> parse_livekit_event(std::string_view body) {
    const auto json = parse_json(body, json_to_repair);
    if (!json || !json->is_object()) {
        return fail(RoomEventError::malformed);
    }
    RoomEvent event;
    event.id = twirp_text(*json, "id").substr(0, id_bytes_max);
    const std::string name = twirp_text(*json, "event");
    if (name.empty()) {
        return fail(RoomEventError::malformed);
    }
    event.kind = kind_of(name);
    if (const Json* const room = twirp_member(*json, "room")) {
        event.room_name = twirp_text(*room, "name");
    }
    if (const Json* const participant = twirp_member(*json, "participant")) {
        const RoomParticipant who = livekit_api::read_participant(*participant);
        event.identity = who.identity;
        event.participant = who.kind;
        event.reason = livekit_api::read_leave_reason(*participant);
    }
    if (event.kind != RoomEvent::Kind::other && event.room_name.empty()) {
        return fail(RoomEventError::malformed);
    }
    return event;
}

}  // namespace studio::adapters
