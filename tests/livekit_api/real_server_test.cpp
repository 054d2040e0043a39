#include <gtest/gtest.h>

#include "adapters/livekit_agent/livekit_job_source.hpp"
#include "adapters/livekit_api/sip_setup.hpp"
#include "adapters/web_socket/beast_web_socket_client.hpp"
#include "livekit_api/api_harness.hpp"
#include "support/servers/servers.hpp"

namespace studio::adapters {
namespace {

/// A real livekit-server with Redis, as tests/support/with_servers.py starts it.
LivekitApiOptions real_options() {
    LivekitApiOptions options;
    options.url = testing::server_address("STUDIO_TEST_LIVEKIT_URL");
    options.key = {testing::server_address("STUDIO_TEST_LIVEKIT_KEY"),
                   Secret<std::string>(testing::server_address("STUDIO_TEST_LIVEKIT_SECRET"))};
    options.outbound_trunk_id = "ST_none";
    return options;
}

Task<void> use_rooms(LivekitRoomControl& control) {
    const auto made = co_await control.create_room("api-room", R"({"a":1})");
    EXPECT_TRUE(made.has_value());
    const auto again = co_await control.create_room("api-room", R"({"a":1})");
    EXPECT_TRUE(again.has_value());
    const auto counts = co_await control.count_rooms();
    EXPECT_TRUE(counts.has_value());
    EXPECT_GE(counts.value().rooms, 1U);
    const auto people = co_await control.list("api-room");
    EXPECT_TRUE(people.has_value());
    EXPECT_TRUE(people.value().empty());
    const auto removed = co_await control.remove_participant("api-room", "nobody");
    EXPECT_TRUE(removed.has_value());
    EXPECT_FALSE(removed.value());
    const auto deleted = co_await control.delete_room("api-room");
    EXPECT_TRUE(deleted.value());
    const auto twice = co_await control.delete_room("api-room");
    EXPECT_TRUE(twice.value());
    DialRequest request;
    request.room_name = "api-room";
    request.identity = "phone-1";
    request.phone_number = Pii<std::string>("+14155550101");
    const auto dialed = co_await control.dial(request);
    // There is neither the trunk nor a SIP service.
    EXPECT_FALSE(dialed.has_value());
    EXPECT_NE(dialed.error().reason, "");
}

TEST(LivekitServer, Rooms) {
    test::ApiHarness harness;
    LivekitRoomControl control(harness.loop(), harness.http(), real_options());
    harness.run(use_rooms(control));
}

TEST(LivekitServer, RefusesAWrongSecret) {
    test::ApiHarness harness;
    LivekitApiOptions options = real_options();
    options.key.api_secret = Secret<std::string>("not-the-secret-of-this-server-at-all");
    LivekitRoomControl control(harness.loop(), harness.http(), options);
    harness.run([](LivekitRoomControl& given) -> Task<void> {
        const auto counts = co_await given.count_rooms();
        EXPECT_EQ(counts.error(), RoomError::unauthorized);
    }(control));
}

std::vector<SipChange::Kind> kinds(const Result<std::vector<SipChange>, std::string>& changes) {
    std::vector<SipChange::Kind> all;
    EXPECT_TRUE(changes.has_value()) << (changes ? "" : changes.error());
    for (std::size_t index = 0; changes && index < changes->size(); ++index) {
        EXPECT_NE((*changes)[index].id, "");
        all.push_back((*changes)[index].kind);
    }
    return all;
}

Task<void> set_up(SipProvisioner& provisioner) {
    using enum SipChange::Kind;
    const auto json = parse_json(R"({
        "worker_name": "studio",
        "inbound": [{"name": "in", "numbers": ["+14155550100", "+14155550101"],
                     "allowed_addresses": ["54.172.60.0/30"], "username": "u",
                     "password_env": "P"}],
        "outbound": [{"name": "out", "address": "example.pstn.twilio.com", "transport": "tls",
                      "numbers": ["+14155550100"], "username": "u", "password_env": "P"}],
        "rules": [{"name": "orders", "trunk": "in", "numbers": ["+14155550100"],
                   "agent": "order-desk"},
                  {"name": "sales", "trunk": "in", "numbers": ["+14155550101"],
                   "agent": "sales"}]})");
    auto setup = parse_sip_setup(
        *json, [](const std::string&) { return std::optional<std::string>("hunter2"); });
    EXPECT_TRUE(setup.has_value());
    const auto first = co_await provisioner.apply(*setup);
    EXPECT_EQ(kinds(first), (std::vector{created, created, created, created}));
    const auto second = co_await provisioner.apply(*setup);
    EXPECT_EQ(kinds(second), (std::vector{unchanged, unchanged, unchanged, unchanged}));
    setup->outbound[0].transport = "tcp";
    setup->rules[1].agent = "reception";
    const auto third = co_await provisioner.apply(*setup);
    EXPECT_EQ(kinds(third), (std::vector{unchanged, updated, unchanged, updated}));
    const auto fourth = co_await provisioner.apply(*setup);
    EXPECT_EQ(kinds(fourth), (std::vector{unchanged, unchanged, unchanged, unchanged}));
}

TEST(LivekitServer, SipSetupIsIdempotent) {
    test::ApiHarness harness;
    TwirpClient twirp(harness.loop(), harness.http(), real_options());
    SipProvisioner provisioner(twirp);
    harness.run(set_up(provisioner));
}

/// Takes whatever is offered, up to one.
class OneTaker final : public RoomJobTaker {
public:
    std::optional<std::string> try_reserve(const RoomJob& offer) override {
        offered.push_back(offer.room_name);
        if (reserved > 0) {
            return std::nullopt;
        }
        ++reserved;
        return "agent-of-the-test";
    }
    void release(const std::string&) override { --reserved; }
    void assign(RoomJob job) override { assigned.push_back(std::move(job)); }
    void terminate(const std::string& job_id) override { terminated.push_back(job_id); }
    WorkerLoad load() const override { return {reserved, 1, true}; }

    std::uint32_t reserved = 0;
    std::vector<std::string> offered;
    std::vector<RoomJob> assigned;
    std::vector<std::string> terminated;
};

jwt::LivekitClaims admin_of(const std::string& room) {
    jwt::LivekitClaims claims;
    claims.video.emplace();
    claims.video->room_admin = true;
    claims.video->room = room;
    return claims;
}

Task<bool> wait_for(runtime::Loop& loop, std::function<bool()> holds) {
    for (int turn = 0; turn < 300 && !holds(); ++turn) {
        static_cast<void>(co_await runtime::sleep_for(loop, milliseconds(10)));
    }
    co_return holds();
}

Task<void> be_dispatched(runtime::Loop& loop, LivekitRoomControl& control, TwirpClient& twirp,
                         LivekitJobSource& source, OneTaker& taker) {
    source.start(taker);
    const bool is_registered = co_await wait_for(loop, [&] { return source.is_registered(); });
    EXPECT_TRUE(is_registered);
    static_cast<void>(co_await control.create_room("lobby", ""));
    JsonObject dispatch{
        {"agent_name", "studio-test"}, {"room", "lobby"}, {"metadata", "order-desk"}};
    const auto asked = co_await twirp.call("AgentDispatchService/CreateDispatch",
                                           std::move(dispatch), admin_of("lobby"), seconds(5));
    EXPECT_TRUE(asked.has_value());
    const bool is_assigned = co_await wait_for(loop, [&] { return !taker.assigned.empty(); });
    EXPECT_TRUE(is_assigned);
    if (!is_assigned || !asked) {
        co_return;
    }
    const RoomJob job = taker.assigned.front();
    EXPECT_EQ(job.room_name, "lobby");
    EXPECT_EQ(job.metadata, "order-desk");
    const auto claims =
        jwt::parse_livekit_token(job.token.reveal(), real_options().key, loop.wall_now());
    EXPECT_TRUE(claims.has_value());
    EXPECT_EQ(claims->identity, "agent-of-the-test");
    EXPECT_EQ(claims->kind, "agent");
    source.report_running(job.job_id);
    source.report_finished(job.job_id, "");
    EXPECT_TRUE(source.is_registered());
    static_cast<void>(co_await control.delete_room("lobby"));
}

TEST(LivekitServer, GivesTheWorkerItsRooms) {
    test::ApiHarness harness;
    const LivekitApiOptions options = real_options();
    LivekitRoomControl control(harness.loop(), harness.http(), options);
    TwirpClient twirp(harness.loop(), harness.http(), options);
    BeastWebSocketClient web_sockets(harness.loop());
    OneTaker taker;
    LivekitJobSource source(
        harness.loop(), web_sockets,
        {.url = options.url, .key = options.key, .worker = {.agent_name = "studio-test"}});
    harness.run(be_dispatched(harness.loop(), control, twirp, source, taker));
}

}  // namespace
}  // namespace studio::adapters
