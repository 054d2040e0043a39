#include <gtest/gtest.h>

#include "core/call/phone_context.hpp"
#include "livekit_api/api_harness.hpp"
#include "livekit_api/twirp_stand_in.hpp"
#include "services/hosting/phone/phone_dialer.hpp"

namespace studio::adapters {
namespace {

using test::TwirpStandIn;

const jwt::LivekitKey key{"APIkey", Secret<std::string>("a-secret-of-more-than-32-bytes-for-it")};

class RoomControlTest : public testing::Test {
protected:
    LivekitApiOptions options() {
        LivekitApiOptions made;
        made.url = server.url();
        made.key = key;
        made.outbound_trunk_id = "ST_1";
        made.timeout = milliseconds(200);
        made.dial_poll_interval = milliseconds(100);
        return made;
    }
    DialRequest phone(const char* number) {
        DialRequest request;
        request.room_name = "call-1";
        request.identity = "phone-1";
        request.phone_number = Pii<std::string>(number);
        request.on_stage = [this](DialStage stage) { stages.push_back(stage); };
        return request;
    }
    Task<void> later(Task<void> task, milliseconds delay) {
        static_cast<void>(co_await runtime::sleep_for(harness.loop(), delay));
        co_await task;
    }
    Task<void> remove_phone() {
        static_cast<void>(co_await control.remove_participant("call-1", "phone-1"));
    }
    Task<void> delete_room() { static_cast<void>(co_await control.delete_room("call-1")); }

    test::ApiHarness harness;
    TwirpStandIn server{harness.loop(), key};
    LivekitRoomControl control{harness.loop(), harness.http(), options()};
    std::vector<DialStage> stages;
};

Task<void> use_rooms(LivekitRoomControl& control, TwirpStandIn& server) {
    const auto made = co_await control.create_room("call-1", "{}");
    EXPECT_TRUE(made.has_value());
    server.rooms()["call-1"]["phone-1"] = {
        {"identity", "phone-1"},
        {"kind", "SIP"},
        {"attributes", JsonObject{{"sip.phoneNumber", "+14155550123"}}}};
    const auto people = co_await control.list("call-1");
    EXPECT_EQ(people.value().size(), 1U);
    EXPECT_EQ(people.value().at(0).kind, ParticipantKind::phone);
    const auto context = core::phone_context_json(people.value().at(0).phone.reveal());
    EXPECT_EQ(context.at("phone_number"), "+14155550123");
    const auto counts = co_await control.count_rooms();
    EXPECT_EQ(counts.value().rooms, 1U);
    EXPECT_EQ(counts.value().participants, 1U);
    const auto removed = co_await control.remove_participant("call-1", "phone-1");
    EXPECT_TRUE(removed.value());
    const auto again = co_await control.remove_participant("call-1", "phone-1");
    EXPECT_FALSE(again.value());
    const auto deleted = co_await control.delete_room("call-1");
    EXPECT_TRUE(deleted.value());
    const auto twice = co_await control.delete_room("call-1");
    EXPECT_TRUE(twice.value());
    const auto gone = co_await control.list("call-1");
    EXPECT_EQ(gone.error(), RoomError::no_room);
    const auto long_metadata = co_await control.create_room("r", std::string(70'000, 'x'));
    EXPECT_EQ(long_metadata.error(), RoomError::malformed);
}

TEST_F(RoomControlTest, RoomsAndPeople) {
    harness.run(use_rooms(control, server));
}

TEST_F(RoomControlTest, GivesCallersTheirRoomAndNoOther) {
    LivekitApiOptions with_public = options();
    with_public.public_url = "wss://rooms.example";
    LivekitRoomControl other(harness.loop(), harness.http(), with_public);
    const RoomAccess access = other.make_access("call-1", "caller", "Ada", seconds(600));
    EXPECT_EQ(access.url, "wss://rooms.example");
    const auto claims =
        jwt::parse_livekit_token(access.token.reveal(), key, harness.loop().wall_now());
    ASSERT_TRUE(claims.has_value());
    EXPECT_EQ(claims->identity, "caller");
    EXPECT_EQ(claims->video->room, "call-1");
    EXPECT_TRUE(claims->video->room_join);
    EXPECT_FALSE(claims->video->room_admin || claims->video->room_create || claims->video->agent);
    EXPECT_FALSE(claims->sip);
}

Task<void> fail_everywhere(LivekitRoomControl& control, RoomError expected,
                           DialError::Code dial_code) {
    const auto made = co_await control.create_room("r", "");
    EXPECT_EQ(made.error(), expected);
    const auto counts = co_await control.count_rooms();
    EXPECT_EQ(counts.error(), expected);
    DialRequest request;
    request.room_name = "r";
    request.identity = "phone-1";
    request.phone_number = Pii<std::string>("+14155550101");
    request.ringing_timeout = milliseconds(1);
    const auto dialed = co_await control.transfer("r", "phone-1", request.phone_number);
    EXPECT_EQ(dialed.error().code, dial_code);
}

TEST_F(RoomControlTest, ASilentServerTimesOut) {
    server.set_fault(TwirpStandIn::Fault::silent);
    // Not the transfer, which may take long.
    harness.run([](LivekitRoomControl& given) -> Task<void> {
        const auto made = co_await given.create_room("r", "");
        EXPECT_EQ(made.error(), RoomError::unavailable);
    }(control));
}
TEST_F(RoomControlTest, RubbishIsMalformed) {
    server.set_fault(TwirpStandIn::Fault::rubbish);
    harness.run(fail_everywhere(control, RoomError::malformed, DialError::Code::unavailable));
}
TEST_F(RoomControlTest, ServerErrorsAreTransient) {
    server.set_fault(TwirpStandIn::Fault::status_500);
    harness.run(fail_everywhere(control, RoomError::unavailable, DialError::Code::unavailable));
}
TEST_F(RoomControlTest, AProxysPageIsTransient) {
    server.set_fault(TwirpStandIn::Fault::status_503_html);
    harness.run(fail_everywhere(control, RoomError::unavailable, DialError::Code::unavailable));
}
TEST_F(RoomControlTest, ACutIsTransient) {
    server.set_fault(TwirpStandIn::Fault::cut);
    harness.run(fail_everywhere(control, RoomError::unavailable, DialError::Code::unavailable));
}
TEST_F(RoomControlTest, AnEndlessAnswerIsMalformed) {
    server.set_fault(TwirpStandIn::Fault::huge);
    LivekitApiOptions patient = options();
    patient.timeout = seconds(4);
    LivekitRoomControl other(harness.loop(), harness.http(), patient);
    harness.run(fail_everywhere(other, RoomError::malformed, DialError::Code::unavailable));
}
TEST_F(RoomControlTest, AWrongSecretIsUnauthorized) {
    LivekitApiOptions wrong = options();
    wrong.key.api_secret = Secret<std::string>("another");
    LivekitRoomControl other(harness.loop(), harness.http(), wrong);
    harness.run(fail_everywhere(other, RoomError::unauthorized, DialError::Code::unauthorized));
}

Task<void> dial(LivekitRoomControl& control, DialRequest request,
                std::optional<Result<bool, DialError>>& outcome) {
    outcome = co_await control.dial(std::move(request));
}

TEST_F(RoomControlTest, APhoneRingsAndIsAnswered) {
    server.calls()["+14155550101"] = {milliseconds(400), 0};
    std::optional<Result<bool, DialError>> outcome;
    harness.run(dial(control, phone("+14155550101"), outcome));
    EXPECT_TRUE(outcome->has_value());
    EXPECT_EQ(stages, (std::vector{DialStage::dialing, DialStage::ringing}));
    EXPECT_EQ(server.calls_placed(), 1U);
}

Task<void> dial_each(LivekitRoomControl& control, TwirpStandIn& server,
                     std::vector<std::pair<int, std::string_view>> rows) {
    for (const auto& [status, word] : rows) {
        server.calls()["+14155550102"] = TwirpStandIn::PhoneScript{milliseconds(10), status};
        DialRequest request;
        request.room_name = "call-1";
        request.identity = "phone-1";
        request.phone_number = Pii<std::string>("+14155550102");
        const auto outcome = co_await control.dial(std::move(request));
        EXPECT_EQ(outcome.error().reason, word);
        EXPECT_EQ(outcome.error().sip_status, status);
    }
}

TEST_F(RoomControlTest, TellsWhyAPhoneWasNotReached) {
    const std::pair<int, std::string_view> rows[] = {{486, "busy"},
                                                     {480, "no_answer"},
                                                     {603, "declined"},
                                                     {404, "number_unknown"},
                                                     {503, "trunk_failed"}};
    harness.run(dial_each(control, server, {std::begin(rows), std::end(rows)}));
}

TEST_F(RoomControlTest, RemovingThePhoneStopsTheRinging) {
    server.calls()["+14155550101"] = {milliseconds(3'000), 0};
    std::optional<Result<bool, DialError>> outcome;
    runtime::TaskScope scope(harness.loop());
    scope.spawn(later(remove_phone(), milliseconds(250)));
    harness.run(dial(control, phone("+14155550101"), outcome));
    EXPECT_EQ(outcome->error().reason, "cancelled");
}

TEST_F(RoomControlTest, DeletingTheRoomStopsTheRinging) {
    server.calls()["+14155550101"] = {milliseconds(3'000), 0};
    std::optional<Result<bool, DialError>> outcome;
    runtime::TaskScope scope(harness.loop());
    scope.spawn(later(delete_room(), milliseconds(250)));
    harness.run(dial(control, phone("+14155550101"), outcome));
    EXPECT_EQ(outcome->error().reason, "cancelled");
}

Task<void> dial_twice(LivekitRoomControl& control, TwirpStandIn& server, DialRequest request) {
    const auto first = co_await control.dial(request);
    EXPECT_TRUE(first.has_value());
    // A worker that takes the call over finds the phone and does not call again.
    const auto second = co_await control.dial(request);
    EXPECT_TRUE(second.has_value());
    EXPECT_EQ(server.calls_placed(), 1U);
    static_cast<void>(co_await control.remove_participant("call-1", "phone-1"));
    request.may_call = [] { return false; };
    const auto third = co_await control.dial(request);
    EXPECT_EQ(third.error().reason, "phone_gone");
    EXPECT_EQ(server.calls_placed(), 1U);
}

TEST_F(RoomControlTest, NobodysPhoneRingsTwice) {
    server.calls()["+14155550101"] = {milliseconds(20), 0};
    harness.run(dial_twice(control, server, phone("+14155550101")));
}

TEST_F(RoomControlTest, CallsNobodyWithoutANumberOrATrunk) {
    std::optional<Result<bool, DialError>> outcome;
    LivekitApiOptions without = options();
    without.outbound_trunk_id.clear();
    LivekitRoomControl other(harness.loop(), harness.http(), without);
    harness.run([](LivekitRoomControl& given, LivekitRoomControl& no_trunk, DialRequest request,
                   std::optional<Result<bool, DialError>>& result) -> Task<void> {
        result = co_await no_trunk.dial(request);
        EXPECT_EQ(result->error().reason, "no_trunk");
        request.phone_number = Pii<std::string>("0800 123");
        result = co_await given.dial(request);
        EXPECT_EQ(result->error().reason, "number_invalid");
    }(control, other, phone("+14155550101"), outcome));
    EXPECT_TRUE(server.seen().empty());
}

Task<void> transfer_all(LivekitRoomControl& control, TwirpStandIn& server) {
    const std::pair<const char*, const char*> rows[] = {
        {"+14155550188", "tel:+14155550188"}, {"sip:desk@example.com", "sip:desk@example.com"}};
    for (const auto& [target, uri] : rows) {
        server.rooms()["call-1"]["phone-1"] = {{"identity", "phone-1"}};
        const auto done = co_await control.transfer("call-1", "phone-1", Pii<std::string>(target));
        EXPECT_TRUE(done.has_value());
        EXPECT_EQ(member_text(server.last_body(), "transfer_to"), uri);
    }
    server.rooms()["call-1"]["phone-1"] = {{"identity", "phone-1"}};
    const auto busy =
        co_await control.transfer("call-1", "phone-1", Pii<std::string>("+14155550199"));
    EXPECT_EQ(busy.error().reason, "busy");
    const std::size_t asked = server.seen().size();
    for (const char* target : {"", "0800", "sip:", "http://x", "sip:a@b>\r\nX: y", "sip:a b"}) {
        const auto refused =
            co_await control.transfer("call-1", "phone-1", Pii<std::string>(target));
        EXPECT_EQ(refused.error().reason, "number_invalid");
    }
    EXPECT_EQ(server.seen().size(), asked);
}

TEST_F(RoomControlTest, TransfersAPhone) {
    harness.run(transfer_all(control, server));
}

}  // namespace
}  // namespace studio::adapters
