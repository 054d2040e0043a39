#include <gtest/gtest.h>

#include "adapters/livekit_api/livekit_webhook_reader.hpp"
#include "adapters/livekit_api/sip_status.hpp"

namespace studio::adapters {
namespace {

const jwt::LivekitKey key{"APIkey", Secret<std::string>("secret")};
const WallTime noon(seconds(1'800'000'000));

std::string sign(std::string_view body, seconds lifetime = seconds(300)) {
    jwt::LivekitClaims claims;
    claims.sha256 = jwt::sha256_base64(body);
    return jwt::make_livekit_token(key, claims, noon, lifetime).reveal();
}

constexpr std::string_view left_body =
    R"({"event":"participant_left","room":{"sid":"RM_1","name":"call-1"},"participant":)"
    R"({"identity":"phone-1","kind":"SIP","disconnectReason":"CLIENT_INITIATED"},"id":"EV_1"})";

TEST(LivekitWebhook, ReadsWhatIsSigned) {
    const auto event = LivekitWebhookReader(key).read(sign(left_body), left_body, noon);
    ASSERT_TRUE(event.has_value());
    EXPECT_EQ(event->id, "EV_1");
    EXPECT_EQ(event->kind, RoomEvent::Kind::participant_left);
    EXPECT_EQ(event->room_name, "call-1");
    EXPECT_EQ(event->identity, "phone-1");
    EXPECT_EQ(event->participant, ParticipantKind::phone);
    EXPECT_EQ(event->reason, RoomEvent::LeaveReason::left);
}

TEST(LivekitWebhook, RefusesWhatIsNot) {
    const LivekitWebhookReader reader(key);
    const std::string changed = std::string(left_body) + " ";
    jwt::LivekitClaims caller;
    caller.identity = "caller";
    const auto callers_token = jwt::make_livekit_token(key, caller, noon, seconds(300));
    const LivekitWebhookReader other({"APIkey", Secret<std::string>("another")});
    const auto unauthorized = RoomEventError::unauthorized;
    EXPECT_EQ(reader.read(sign(left_body), changed, noon).error(), unauthorized);
    EXPECT_EQ(reader.read(sign(changed), left_body, noon).error(), unauthorized);
    EXPECT_EQ(reader.read("", left_body, noon).error(), unauthorized);
    EXPECT_EQ(reader.read("Bearer ", left_body, noon).error(), unauthorized);
    EXPECT_EQ(reader.read(callers_token.reveal(), left_body, noon).error(), unauthorized);
    EXPECT_EQ(other.read(sign(left_body), left_body, noon).error(), unauthorized);
    EXPECT_EQ(reader.read(sign(left_body), left_body, noon + seconds(361)).error(), unauthorized);
    EXPECT_TRUE(reader.read("Bearer " + sign(left_body), left_body, noon).has_value());
}

TEST(LivekitWebhook, RefusesWhatCannotBeRead) {
    const LivekitWebhookReader reader(key);
    for (const std::string& body :
         {std::string(), std::string("["), std::string("[]"), std::string("{}"),
          std::string(R"({"event":7})"), std::string(R"({"event":"room_finished"})"),
          std::string(R"({"event":"room_finished","room":"x"})"),
          std::string(R"({"event":"room_finished","room":{"name":3}})"),
          '"' + std::string(600U << 10U, 'x') + '"'}) {
        EXPECT_EQ(reader.read(sign(body), body, noon).error(), RoomEventError::malformed);
    }
}

TEST(LivekitWebhook, TakesNumbersForNames) {
    const auto event =
        parse_livekit_event(R"({"event":"participant_connection_aborted","room":{"name":"r"},)"
                            R"("participant":{"kind":4,"disconnect_reason":2}})");
    ASSERT_TRUE(event.has_value());
    EXPECT_EQ(event->kind, RoomEvent::Kind::participant_aborted);
    EXPECT_EQ(event->participant, ParticipantKind::agent);
    EXPECT_EQ(event->reason, RoomEvent::LeaveReason::replaced);
    const auto unknown = parse_livekit_event(R"({"event":"something_new"})");
    ASSERT_TRUE(unknown.has_value());
    EXPECT_EQ(unknown->kind, RoomEvent::Kind::other);
}

TEST(SipStatus, HasAWordForEach) {
    const std::pair<int, std::string_view> rows[] = {
        {486, "busy"},           {600, "busy"},           {408, "no_answer"},
        {480, "no_answer"},      {603, "declined"},       {487, "cancelled"},
        {404, "number_unknown"}, {484, "number_unknown"}, {488, "media_refused"},
        {403, "trunk_refused"},  {407, "trunk_refused"},  {500, "trunk_failed"},
        {503, "trunk_failed"},   {699, "trunk_failed"}};
    for (const auto& [status, word] : rows) {
        EXPECT_EQ(sip_reason(status), word) << status;
        TwirpError error;
        error.sip_status = status;
        EXPECT_EQ(dial_error(error).code, DialError::Code::refused);
        EXPECT_EQ(dial_error(error).sip_status, status);
    }
}

TEST(SipStatus, TellsOurTroubleFromTheirs) {
    TwirpError error;
    EXPECT_EQ(dial_error(error).code, DialError::Code::unavailable);
    error.timed_out = true;
    EXPECT_EQ(dial_error(error).reason, "no_answer");
    error = {};
    error.error = RoomError::unauthorized;
    EXPECT_EQ(dial_error(error).code, DialError::Code::unauthorized);
    error.error = RoomError::no_room;
    EXPECT_EQ(dial_error(error).reason, "no_trunk");
}

TEST(SipStatus, AServiceWithoutAPlaceMayBeAskedAgain) {
    for (const char* code : {"resource_exhausted", "unavailable"}) {
        TwirpError error;
        error.code = code;
        EXPECT_EQ(dial_error(error).code, DialError::Code::busy);
        EXPECT_EQ(dial_error(error).reason, "phone_service_busy");
        // What the network said is final: a phone may have rung.
        error.sip_status = 503;
        EXPECT_EQ(dial_error(error).code, DialError::Code::refused);
    }
    // Without an answer of the server's nobody knows whether a phone rings.
    EXPECT_EQ(dial_error({}).code, DialError::Code::unavailable);
}

}  // namespace
}  // namespace studio::adapters
