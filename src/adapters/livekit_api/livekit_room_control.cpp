#include "adapters/livekit_api/livekit_room_control.hpp"

#include <algorithm>
#include <utility>

#include "adapters/livekit_api/internal/participant_json.hpp"
#include "adapters/livekit_api/internal/pending_http.hpp"
#include "adapters/livekit_api/sip_status.hpp"
#include "core/call/phone_number.hpp"
#include "runtime/task_scope.hpp"

namespace studio::adapters {

namespace {

using livekit_api::PendingHttp;

constexpr std::size_t metadata_bytes_max = 64U << 10U;
/// The server gives up waiting for an answer after 80 s; a phone rings no longer.
constexpr milliseconds ringing_max{75'000};
/// How long our HTTP request outlasts the ringing, so that the server's reason is heard.
constexpr milliseconds dial_margin{15'000};
/// A REFER is answered when the new leg is, or fails.
constexpr milliseconds transfer_timeout{35'000};
constexpr std::size_t uri_bytes_max = 512;

jwt::LivekitClaims with_video(jwt::VideoGrant grant) {
    jwt::LivekitClaims claims;
    claims.video = std::move(grant);
    return claims;
}

jwt::VideoGrant admin_of(const std::string& room) {
    jwt::VideoGrant grant;
    grant.room_admin = true;
    grant.room = room;
    return grant;
}

jwt::VideoGrant creator() {
    jwt::VideoGrant grant;
    grant.room_create = true;
    return grant;
}

/// protobuf's Duration in JSON.
std::string duration_text(milliseconds duration) {
    return std::to_string(duration_cast<seconds>(duration).count()) + "s";
}

/// `tel:` and the number, or a SIP URI as it is; nothing where it is neither.
std::string transfer_uri(const std::string& target) {
    if (const auto number = core::parse_phone_number(target)) {
        return "tel:" + *number;
    }
    const bool is_sip = target.starts_with("sip:") || target.starts_with("sips:");
    const bool is_sound = std::all_of(target.begin(), target.end(), [](char character) {
        // What would end the header of the REFER, or the URI in it.
        return character > ' ' && character < '\x7f' && character != '<' && character != '>' &&
               character != '"';
    });
    return is_sip && is_sound && target.size() <= uri_bytes_max && target.size() > 5
               ? target
               : std::string();
}

JsonObject dial_body(const DialRequest& request, const std::string& trunk_id) {
    JsonObject attributes;
    for (const auto& [name, value] : request.attributes) {
        attributes[name] = value;
    }
    return {{"sip_trunk_id", trunk_id},
            {"sip_call_to", request.phone_number.reveal()},
            {"room_name", request.room_name},
            {"participant_identity", request.identity},
            {"participant_name", request.display_name},
            {"participant_attributes", std::move(attributes)},
            {"ringing_timeout", duration_text(std::min(request.ringing_timeout, ringing_max))},
            {"max_call_duration", duration_text(request.duration_max)},
            {"wait_until_answered", true}};
}

bool is_wanted(const DialRequest& request) {
    return !request.is_wanted || request.is_wanted();
}

DialError abandoned() {
    return {DialError::Code::abandoned, 0, "abandoned"};
}

void tell(DialRequest& request, DialStage stage, bool& told) {
    if (!std::exchange(told, true) && request.on_stage) {
        request.on_stage(stage);
    }
}

}  // namespace

LivekitRoomControl::LivekitRoomControl(runtime::Loop& loop, HttpClient& http_client,
                                       LivekitApiOptions options)
    : loop_(loop),
      http_client_(http_client),
      options_(std::move(options)),
      twirp_(loop, http_client, options_) {}

RoomAccess LivekitRoomControl::make_access(const std::string& room_name,
                                           const std::string& identity,
                                           const std::string& display_name, seconds lifetime) {
    jwt::LivekitClaims claims;
    claims.identity = identity;
    claims.name = display_name;
    claims.video.emplace();
    claims.video->room_join = true;
    claims.video->room = room_name;
    claims.video->can_publish = true;
    claims.video->can_subscribe = true;
    claims.video->can_publish_data = true;
    return {options_.public_url.empty() ? options_.url : options_.public_url, room_name,
            jwt::make_livekit_token(options_.key, claims, loop_.wall_now(), lifetime)};
}

Task<Result<bool, RoomError>> LivekitRoomControl::create_room(std::string room_name,
                                                              std::string metadata) {
    if (metadata.size() > metadata_bytes_max) {
        co_return fail(RoomError::malformed);
    }
    JsonObject body{{"name", room_name}, {"metadata", metadata}};
    const auto answer = co_await twirp_.call("RoomService/CreateRoom", std::move(body),
                                             with_video(creator()), options_.timeout);
    if (!answer) {
        co_return fail(answer.error().error);
    }
    co_return true;
}

Task<Result<bool, RoomError>> LivekitRoomControl::delete_room(std::string room_name) {
    JsonObject body{{"room", room_name}};
    const auto answer = co_await twirp_.call("RoomService/DeleteRoom", std::move(body),
                                             with_video(creator()), options_.timeout);
    if (!answer && answer.error().error != RoomError::no_room) {
        co_return fail(answer.error().error);
    }
    co_return true;
}

Task<Result<bool, RoomError>> LivekitRoomControl::remove_participant(std::string room_name,
                                                                     std::string identity) {
    JsonObject body{{"room", room_name}, {"identity", identity}};
    const auto answer = co_await twirp_.call("RoomService/RemoveParticipant", std::move(body),
                                             with_video(admin_of(room_name)), options_.timeout);
    if (!answer && answer.error().error != RoomError::no_room) {
        co_return fail(answer.error().error);
    }
    co_return answer.has_value();
}

Task<Result<RoomCounts, RoomError>> LivekitRoomControl::count_rooms() {
    jwt::VideoGrant grant;
    grant.room_list = true;
    const auto answer = co_await twirp_.call("RoomService/ListRooms", JsonObject{},
                                             with_video(std::move(grant)), options_.timeout);
    if (!answer) {
        co_return fail(answer.error().error);
    }
    RoomCounts counts;
    const Json* const rooms = twirp_member(*answer, "rooms");
    if (rooms != nullptr && rooms->is_array()) {
        for (const Json& room : rooms->get_array()) {
            ++counts.rooms;
            counts.participants += twirp_number(room, "num_participants");
        }
    }
    co_return counts;
}

Task<Result<std::vector<RoomParticipant>, RoomError>> LivekitRoomControl::list(
    std::string room_name) {
    JsonObject body{{"room", room_name}};
    const auto answer = co_await twirp_.call("RoomService/ListParticipants", std::move(body),
                                             with_video(admin_of(room_name)), options_.timeout);
    if (!answer) {
        co_return fail(answer.error().error);
    }
    std::vector<RoomParticipant> people;
    const Json* const participants = twirp_member(*answer, "participants");
    if (participants != nullptr && participants->is_array()) {
        for (const Json& participant : participants->get_array()) {
            people.push_back(livekit_api::read_participant(participant));
        }
    }
    co_return people;
}

Task<Result<bool, RoomError>> LivekitRoomControl::exists(std::string room_name) {
    jwt::VideoGrant grant;
    grant.room_list = true;
    JsonObject body{{"names", JsonArray{Json(room_name)}}};
    const auto answer = co_await twirp_.call("RoomService/ListRooms", std::move(body),
                                             with_video(std::move(grant)), options_.timeout);
    if (!answer) {
        co_return fail(answer.error().error);
    }
    const Json* const rooms = twirp_member(*answer, "rooms");
    co_return rooms != nullptr && rooms->is_array() && !rooms->get_array().empty();
}

Task<LivekitRoomControl::PhoneState> LivekitRoomControl::phone_state(std::string room_name,
                                                                     std::string identity) {
    JsonObject body{{"room", room_name}, {"identity", identity}};
    const auto answer = co_await twirp_.call("RoomService/GetParticipant", std::move(body),
                                             with_video(admin_of(room_name)), options_.timeout);
    if (!answer) {
        co_return answer.error().error == RoomError::no_room ? PhoneState::absent
                                                             : PhoneState::unknown;
    }
    const RoomParticipant phone = livekit_api::read_participant(*answer);
    switch (phone.phone.reveal().status) {
        case core::PhoneStatus::active:
            co_return PhoneState::active;
        case core::PhoneStatus::hung_up:
            co_return PhoneState::absent;
        case core::PhoneStatus::ringing:
            co_return PhoneState::ringing;
        case core::PhoneStatus::untold:
        case core::PhoneStatus::dialing:
        case core::PhoneStatus::other:
            break;
    }
    co_return PhoneState::dialing;
}

Task<Result<bool, DialError>> LivekitRoomControl::dial(DialRequest request) {
    if (!core::parse_phone_number(request.phone_number.reveal())) {
        co_return fail(DialError{DialError::Code::refused, 0, "number_invalid"});
    }
    if (request.trunk_id.empty() && options_.outbound_trunk_id.empty()) {
        co_return fail(DialError{DialError::Code::unavailable, 0, "no_trunk"});
    }
    const PhoneState state = co_await phone_state(request.room_name, request.identity);
    const bool is_there = state != PhoneState::absent && state != PhoneState::unknown;
    if (is_there || (request.may_call && !request.may_call())) {
        co_return co_await wait_for_phone(request);
    }
    co_return co_await place_call(request);
}

Task<Result<bool, DialError>> LivekitRoomControl::place_call(DialRequest& request) {
    jwt::LivekitClaims grants;
    grants.sip = jwt::SipGrant{.admin = false, .call = true};
    const std::string& trunk =
        request.trunk_id.empty() ? options_.outbound_trunk_id : request.trunk_id;
    PendingHttp pending(
        http_client_,
        twirp_.make_request("SIP/CreateSIPParticipant", dial_body(request, trunk), grants,
                            std::min(request.ringing_timeout, ringing_max) + dial_margin));
    bool has_told_dialing = false;
    bool has_told_ringing = false;
    tell(request, DialStage::dialing, has_told_dialing);
    while (!pending.is_done()) {
        PendingHttp::Wait wait(pending, loop_, loop_.now() + options_.dial_poll_interval);
        co_await wait;
        if (!pending.is_done() && !is_wanted(request)) {
            co_return fail(abandoned());
        }
        if (!pending.is_done() && !has_told_ringing && request.on_stage) {
            const PhoneState state = co_await phone_state(request.room_name, request.identity);
            if (state == PhoneState::ringing) {
                tell(request, DialStage::ringing, has_told_ringing);
            }
        }
    }
    const auto answer = TwirpClient::read_response(pending.take());
    if (!answer) {
        co_return fail(dial_error(answer.error()));
    }
    co_return true;
}

Task<Result<bool, DialError>> LivekitRoomControl::wait_for_phone(DialRequest& request) {
    bool has_told_dialing = false;
    bool has_told_ringing = false;
    const Instant give_up_at = loop_.now() + std::min(request.ringing_timeout, ringing_max);
    while (loop_.now() < give_up_at) {
        if (!is_wanted(request)) {
            co_return fail(abandoned());
        }
        const PhoneState state = co_await phone_state(request.room_name, request.identity);
        if (state == PhoneState::active) {
            co_return true;
        }
        if (state == PhoneState::absent) {
            co_return fail(DialError{DialError::Code::refused, 0, "phone_gone"});
        }
        if (state != PhoneState::unknown) {
            tell(request, DialStage::dialing, has_told_dialing);
        }
        if (state == PhoneState::ringing) {
            tell(request, DialStage::ringing, has_told_ringing);
        }
        static_cast<void>(co_await runtime::sleep_for(loop_, options_.dial_poll_interval));
    }
    co_return fail(DialError{DialError::Code::timed_out, 0, "no_answer"});
}

Task<Result<bool, DialError>> LivekitRoomControl::transfer(std::string room_name,
                                                           std::string identity,
                                                           Pii<std::string> target) {
    const std::string uri = transfer_uri(target.reveal());
    if (uri.empty()) {
        co_return fail(DialError{DialError::Code::refused, 0, "number_invalid"});
    }
    jwt::LivekitClaims grants = with_video(admin_of(room_name));
    grants.sip = jwt::SipGrant{.admin = false, .call = true};
    JsonObject body{
        {"room_name", room_name}, {"participant_identity", identity}, {"transfer_to", uri}};
    const auto answer = co_await twirp_.call("SIP/TransferSIPParticipant", std::move(body),
                                             std::move(grants), transfer_timeout);
    if (!answer) {
        co_return fail(dial_error(answer.error()));
    }
    co_return true;
}

}  // namespace studio::adapters
