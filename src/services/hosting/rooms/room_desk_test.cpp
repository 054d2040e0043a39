#include "services/hosting/rooms/room_desk.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "ports/room_names.hpp"
#include "runtime/virtual_loop.hpp"
#include "support/queue/memory_job_queue.hpp"

namespace studio::services {
namespace {

/// Everything around the desk in one place.
class World final : public CallHolder, public CallStore, public RoomPeople, public RoomJobSource {
public:
    bool has_room() const override { return is_open; }
    std::size_t count() const override { return held.size(); }
    Task<Result<bool, HoldError>> hold(HoldRequest request) override {
        if (refusal && (refuses_words || !request.refusal)) {
            co_return fail(*refusal);
        }
        if (request.refusal) {
            told.emplace_back(core::name_of(*request.refusal));
        } else {
            held.push_back(request.record);
        }
        rows.push_back(request.record);
        joins.push_back(std::move(request.join));
        co_return true;
    }
    Task<bool> end(CallId id, core::EndReason) override {
        const bool is_ours = std::ranges::any_of(
            held, [&id](const core::CallRecord& record) { return record.id == id; });
        if (is_ours) {
            ended.push_back(id.text());
        }
        co_return is_ours;
    }

    Outcome<bool> create(core::CallRecord record) override {
        if (store_is_away) {
            co_return fail(StoreError::unavailable);
        }
        rows.push_back(std::move(record));
        co_return true;
    }
    Outcome<core::CallRecord> load(TenantId, CallId) override { co_return rows.back(); }
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
    std::optional<HoldError> refusal;
    /// Also where only a sentence is to be said.
    bool refuses_words = false;
    std::vector<RoomParticipant> people;
    std::vector<core::CallRecord> held;
    std::vector<std::string> told;
    std::vector<RoomJoin> joins;
    std::vector<std::string> ended;
    std::vector<core::CallRecord> rows;
    std::vector<std::string> running;
    std::vector<std::string> finished;
};

class RoomDeskTest : public ::testing::Test {
protected:
    RoomDeskTest() {
        options.tenant = TenantId("default");
        options.default_agent = "reception";
        options.agents = {"reception", "order-desk"};
        options.calls_max = 2;
        options.queue_limits.waiting_max = 3;
        options.retry_timeout = milliseconds(500);
        make_desk();
    }
    void make_desk() {
        desk = std::make_unique<RoomDesk>(
            options, RoomDesk::Parts{loop, world, world, queue, world, world, entropy});
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

    [[nodiscard]] std::vector<std::string> waiting() const {
        std::vector<std::string> rooms;
        for (const core::Job& one : queue.waiting_jobs("")) {
            rooms.push_back(one.room_name);
        }
        return rooms;
    }

    runtime::VirtualLoop loop;
    SeededEntropy entropy{7};
    RoomDeskOptions options;
    studio::testing::MemoryJobQueue queue{loop};
    World world;
    std::unique_ptr<RoomDesk> desk;
};

TEST_F(RoomDeskTest, AnswersAPhone) {
    RoomParticipant phone;
    phone.kind = ParticipantKind::phone;
    core::PhoneContext told;
    told.phone_number = "+14155550123";
    told.called_number = "+14155550100";
    phone.phone = Pii<core::PhoneContext>(std::move(told));
    world.people = {phone};
    const auto identity = desk->try_reserve(job("AJ_1"));
    ASSERT_TRUE(identity);
    desk->assign(job("AJ_1"));
    loop.run_for(seconds(1));
    ASSERT_EQ(world.rows.size(), 1U);
    const core::CallRecord& row = world.rows[0];
    EXPECT_EQ(agent_identity_of(row.id), *identity);
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

TEST_F(RoomDeskTest, WhoFindsNoPlaceWaitsForAnyWorker) {
    EXPECT_TRUE(desk->try_reserve(job("AJ_1")));
    EXPECT_TRUE(desk->try_reserve(job("AJ_2")));
    EXPECT_EQ(desk->load().active, 2U);
    EXPECT_TRUE(desk->load().is_queueing);
    world.is_open = false;
    RoomJob third = job("AJ_3");
    third.room_name = "lobby";
    take(third);
    EXPECT_TRUE(world.held.empty());
    EXPECT_EQ(waiting(), std::vector<std::string>{"lobby"});
    ASSERT_EQ(world.rows.size(), 1U);
    EXPECT_EQ(world.rows[0].status, core::CallStatus::pending);
    EXPECT_EQ(world.running, std::vector<std::string>{"AJ_3"});
    desk->release("AJ_1");
    desk->release("AJ_2");
    EXPECT_EQ(desk->load().active, 0U);
    // So does one whose agent this worker does not serve, and one that the exact limit refuses.
    world.is_open = true;
    RoomJob fourth = job("AJ_4", "another-agent");
    fourth.room_name = "hall";
    take(fourth);
    world.refusal = HoldError::no_place;
    RoomJob fifth = job("AJ_5");
    fifth.room_name = "stairs";
    take(fifth);
    EXPECT_EQ(waiting(), (std::vector<std::string>{"lobby", "hall", "stairs"}));
    EXPECT_TRUE(world.finished.empty());
}

TEST_F(RoomDeskTest, WhoWaitsLongerGoesFirst) {
    world.is_open = false;
    RoomJob first = job("AJ_1");
    first.room_name = "lobby";
    take(first);
    world.is_open = true;
    RoomJob second = job("AJ_2");
    second.room_name = "hall";
    take(second);
    EXPECT_TRUE(world.held.empty()) << "though there is a place";
    EXPECT_EQ(waiting(), (std::vector<std::string>{"lobby", "hall"}));
}

TEST_F(RoomDeskTest, WhoWaitsInVainIsToldSo) {
    world.is_open = false;
    take(job("AJ_1"));
    loop.run_for(options.patience - seconds(2));
    EXPECT_TRUE(world.told.empty());
    loop.run_for(seconds(2));
    EXPECT_EQ(world.told, std::vector<std::string>{"no_worker"});
    EXPECT_TRUE(world.joins.at(0).token.reveal() == "token") << "our own job, after all";
    desk->on_call_ended(world.rows.back().id, "");
    EXPECT_EQ(world.finished, std::vector<std::string>{"AJ_1:no_worker"});
}

TEST_F(RoomDeskTest, WhoFindsTheQueueOverItsLimitsIsToldSo) {
    options.refusals_max = 2;
    make_desk();
    world.is_open = false;
    for (int count = 0; count < 5; ++count) {
        RoomJob one = job("AJ_" + std::to_string(count));
        one.room_name = "room-" + std::to_string(count);
        take(one);
    }
    EXPECT_EQ(world.told, (std::vector<std::string>{"overloaded", "overloaded"}));
    EXPECT_FALSE(desk->load().is_queueing) << "so many are told at once";
    EXPECT_FALSE(desk->load().is_accepting);
    EXPECT_FALSE(desk->try_reserve(job("AJ_5")));
    world.is_open = true;
    EXPECT_TRUE(desk->load().is_accepting);
    desk->on_call_ended(world.rows.back().id, "");
    EXPECT_TRUE(desk->load().is_queueing);
}

TEST_F(RoomDeskTest, ARoomHasOneAgent) {
    world.refusal = HoldError::room_taken;
    world.refuses_words = true;
    take(job("AJ_1"));
    loop.run_for(options.room_timeout);
    EXPECT_TRUE(world.rows.empty()) << "it leaves no trace";
    EXPECT_EQ(world.finished, std::vector<std::string>{"AJ_1:"});
    // Where the former agent was just leaving, the next one comes.
    EXPECT_TRUE(desk->try_reserve(job("AJ_2")));
    desk->assign(job("AJ_2"));
    loop.run_for(milliseconds(300));
    world.refusal.reset();
    loop.run_for(seconds(1));
    EXPECT_EQ(world.held.size(), 1U);
}

TEST_F(RoomDeskTest, WhatNobodyCanHoldIsToldToTheCaller) {
    options.default_agent.clear();
    make_desk();
    for (const std::string& metadata :
         {std::string("{"), std::string("Please be polite."), std::string(),
          std::string(R"({"agent_name":7})"), std::string(70'000, 'x')}) {
        world.told.clear();
        take(job("AJ_1", metadata));
        EXPECT_EQ(world.told, std::vector<std::string>{"no_agent"}) << metadata.substr(0, 20);
        EXPECT_FALSE(world.rows.back().agent_name.empty());
        desk->on_call_ended(world.rows.back().id, "");
        EXPECT_EQ(world.finished.back(), "AJ_1:no_agent");
    }
    EXPECT_TRUE(world.held.empty());
}

TEST_F(RoomDeskTest, ReportsWhatItCouldNotHold) {
    world.refusal = HoldError::limit_reached;
    world.refuses_words = true;
    take(job("AJ_1"));
    EXPECT_EQ(world.rows.at(0).status, core::CallStatus::failed);
    EXPECT_EQ(world.rows.at(0).status_reason, "limit_reached");
    world.refusal = HoldError::store_unavailable;
    world.store_is_away = true;
    take(job("AJ_2"));
    desk->assign(job("AJ_3"));
    EXPECT_EQ(world.finished,
              (std::vector<std::string>{"AJ_1:limit_reached", "AJ_2:store_unavailable",
                                        "AJ_3:not_reserved"}));
    EXPECT_TRUE(world.running.empty());
    EXPECT_EQ(desk->load().active, 0U);
}

TEST_F(RoomDeskTest, TriesAgainWhileTheQueueIsAway) {
    world.refusal = HoldError::queue_unavailable;
    EXPECT_TRUE(desk->try_reserve(job("AJ_1")));
    desk->assign(job("AJ_1"));
    loop.run_for(milliseconds(300));
    world.refusal.reset();
    loop.run_for(seconds(1));
    EXPECT_EQ(world.held.size(), 1U);
}

TEST_F(RoomDeskTest, ACallThatWaitsIsEndedWhereItIsNotWanted) {
    world.is_open = false;
    take(job("AJ_1"));
    EXPECT_EQ(waiting().size(), 1U);
    desk->terminate("AJ_1");
    loop.run_for(seconds(3));
    EXPECT_TRUE(waiting().empty());
    EXPECT_EQ(world.rows.back().status, core::CallStatus::failed);
    EXPECT_EQ(world.rows.back().status_reason, "agent_dismissed");
    EXPECT_EQ(world.finished.size(), 1U);
    loop.run_for(options.patience * 2);
    EXPECT_TRUE(world.told.empty()) << "nobody is told anything";
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
