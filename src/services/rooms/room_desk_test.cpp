#include "services/rooms/room_desk.hpp"

#include <gtest/gtest.h>

#include <memory>

#include "runtime/virtual_loop.hpp"

namespace studio::services {
namespace {

/// Everything around the desk in one place.
class World final : public CallHolder, public CallStore, public RoomPeople, public RoomJobSource {
public:
    bool has_room() const override { return is_open; }
    std::size_t count() const override { return held.size(); }
    Task<Result<bool, QueueError>> hold(core::Job job, RoomJoin join) override {
        if (refusal) {
            co_return fail(*refusal);
        }
        held.push_back(std::move(job));
        joins.push_back(std::move(join));
        co_return true;
    }
    Task<bool> end(CallId id, core::EndReason) override {
        ended.push_back(id.text());
        co_return true;
    }

    Outcome<bool> create(core::CallRecord record) override {
        if (store_is_away) {
            co_return fail(StoreError::unavailable);
        }
        rows.push_back(std::move(record));
        co_return true;
    }
    Outcome<core::CallRecord> load(TenantId, CallId) override {
        co_return fail(StoreError::not_found);
    }
    Outcome<core::CallRecord> claim(TenantId, CallId, std::uint64_t) override {
        co_return fail(StoreError::not_found);
    }
    Outcome<Page<core::CallRecord>> list(TenantId, CallFilter) override {
        co_return Page<core::CallRecord>{};
    }
    Outcome<bool> save(core::CallRecord record) override {
        rows.back() = std::move(record);
        co_return true;
    }
    Outcome<bool> append_transcript(TranscriptWrite) override { co_return true; }
    Outcome<std::vector<core::TranscriptEntry>> load_transcript(TenantId, CallId) override {
        co_return std::vector<core::TranscriptEntry>{};
    }

    Task<Result<std::vector<RoomParticipant>, RoomError>> list(std::string) override {
        if (people_are_away) {
            co_return fail(RoomError::unavailable);
        }
        co_return people;
    }
    Task<Result<bool, RoomError>> exists(std::string) override { co_return true; }

    void start(RoomJobTaker&) override {}
    void report_running(const std::string& job_id) override { running.push_back(job_id); }
    void report_finished(const std::string& job_id, const std::string& trouble) override {
        finished.push_back(job_id + ":" + trouble);
    }
    void load_changed() override {}
    void drain() override {}
    bool is_registered() const override { return true; }

    bool is_open = true;
    bool store_is_away = false;
    bool people_are_away = false;
    std::optional<QueueError> refusal;
    std::vector<RoomParticipant> people;
    std::vector<core::Job> held;
    std::vector<RoomJoin> joins;
    std::vector<std::string> ended;
    std::vector<core::CallRecord> rows;
    std::vector<std::string> running;
    std::vector<std::string> finished;
};

class RoomDeskTest : public testing::Test {
protected:
    RoomDeskTest() {
        RoomDeskOptions options;
        options.tenant = TenantId("default");
        options.default_agent = "reception";
        options.agents = {"reception", "order-desk"};
        options.calls_max = 2;
        desk = std::make_unique<RoomDesk>(
            options, RoomDesk::Parts{loop, world, world, world, world, entropy});
    }
    ~RoomDeskTest() override {
        runtime::TaskScope scope(loop);
        scope.spawn(desk->close());
        loop.run_for(seconds(1));
    }

    static RoomJob job(std::string id, std::string metadata = "order-desk") {
        RoomJob made;
        made.job_id = std::move(id);
        made.room_name = "phone-room";
        made.metadata = std::move(metadata);
        made.token = Secret<std::string>("token");
        return made;
    }
    void take(const RoomJob& given) {
        EXPECT_TRUE(desk->try_reserve(given));
        desk->assign(given);
        loop.run_for(seconds(1));
    }

    runtime::VirtualLoop loop;
    SeededEntropy entropy{7};
    World world;
    std::unique_ptr<RoomDesk> desk;
};

TEST_F(RoomDeskTest, AnswersAPhone) {
    RoomParticipant phone;
    phone.kind = ParticipantKind::phone;
    phone.attributes = Pii<std::map<std::string, std::string>>(
        {{"sip.phoneNumber", "+14155550123"}, {"sip.trunkPhoneNumber", "+14155550100"}});
    world.people = {phone};
    const auto identity = desk->try_reserve(job("AJ_1"));
    ASSERT_TRUE(identity);
    desk->assign(job("AJ_1"));
    loop.run_for(seconds(1));
    ASSERT_EQ(world.rows.size(), 1U);
    const core::CallRecord& row = world.rows[0];
    EXPECT_EQ("agent-" + row.id.text(), *identity);
    EXPECT_EQ(row.tenant_id, TenantId("default"));
    EXPECT_EQ(row.agent_name, "order-desk");
    EXPECT_EQ(row.direction, core::CallDirection::inbound);
    EXPECT_EQ(row.type, core::CallType::sip);
    EXPECT_EQ(row.phone_number.reveal(), "+14155550123");
    EXPECT_EQ(row.user_context.at("call").at("called_number"), "+14155550100");
    ASSERT_EQ(world.joins.size(), 1U);
    EXPECT_EQ(world.joins[0].identity, *identity);
    EXPECT_EQ(world.joins[0].token.reveal(), "token");
    EXPECT_TRUE(world.joins[0].phone_only);
    EXPECT_EQ(world.running, std::vector<std::string>{"AJ_1"});
    desk->on_call_ended(row.id, "");
    EXPECT_EQ(world.finished, std::vector<std::string>{"AJ_1:"});
}

TEST_F(RoomDeskTest, AnAppsRoomIsAnOrdinaryCall) {
    RoomParticipant person;
    world.people = {person};
    take(job("AJ_1", ""));
    EXPECT_EQ(world.rows.at(0).agent_name, "reception");
    EXPECT_EQ(world.rows.at(0).type, core::CallType::voip);
    EXPECT_FALSE(world.joins.at(0).phone_only);
}

TEST_F(RoomDeskTest, AnswersAlsoWhereNobodyTellsWhoRings) {
    world.people_are_away = true;
    take(job("AJ_1"));
    EXPECT_EQ(world.held.size(), 1U);
}

TEST_F(RoomDeskTest, KeepsToItsPlaces) {
    EXPECT_TRUE(desk->try_reserve(job("AJ_1")));
    EXPECT_TRUE(desk->try_reserve(job("AJ_2")));
    EXPECT_FALSE(desk->try_reserve(job("AJ_3")));
    EXPECT_EQ(desk->load().active, 2U);
    desk->release("AJ_1");
    EXPECT_TRUE(desk->try_reserve(job("AJ_3")));
    desk->release("AJ_2");
    desk->release("AJ_3");
    world.is_open = false;
    EXPECT_FALSE(desk->try_reserve(job("AJ_4")));
    world.is_open = true;
    EXPECT_FALSE(desk->try_reserve(job("AJ_5", "another-agent"))) << "not served here";
    EXPECT_EQ(desk->load().active, 0U);
}

TEST_F(RoomDeskTest, ReportsWhatItCouldNotHold) {
    world.refusal = QueueError::tenant_limit;
    take(job("AJ_1"));
    EXPECT_EQ(world.rows.at(0).status, core::CallStatus::failed);
    EXPECT_EQ(world.rows.at(0).status_reason, "limit_reached");
    world.refusal.reset();
    world.store_is_away = true;
    take(job("AJ_2"));
    desk->assign(job("AJ_3"));
    EXPECT_EQ(world.finished,
              (std::vector<std::string>{"AJ_1:limit_reached", "AJ_2:store_unavailable",
                                        "AJ_3:not_reserved"}));
    EXPECT_TRUE(world.running.empty());
    EXPECT_EQ(desk->load().active, 0U);
}

TEST_F(RoomDeskTest, EndsACallThatIsNotWanted) {
    take(job("AJ_1"));
    desk->terminate("AJ_1");
    desk->terminate("AJ_unknown");
    loop.run_for(seconds(1));
    EXPECT_TRUE(world.ended.empty()) << "its caller may just have hung up";
    loop.run_for(seconds(2));
    EXPECT_EQ(world.ended, std::vector<std::string>{world.rows.at(0).id.text()});
}

}  // namespace
}  // namespace studio::services
