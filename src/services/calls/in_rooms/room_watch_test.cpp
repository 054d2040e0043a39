#include <gtest/gtest.h>

#include <map>

#include "runtime/virtual_loop.hpp"
#include "services/calls/in_rooms/room_watch.hpp"

namespace studio::services {
namespace {

/// One call in a room; the store of RoomWatch's narrow view.
class OneCall final : public RoomDirectory, public CallStore {
public:
    core::CallRecord record;
    bool is_away = false;
    int saves = 0;

    Task<Result<core::CallRecord, StoreError>> find_by_room(std::string room_name) override {
        if (is_away) {
            co_return fail(StoreError::unavailable);
        }
        if (room_name != record.room_name) {
            co_return fail(StoreError::not_found);
        }
        co_return record;
    }
    Outcome<bool> save(core::CallRecord changed) override {
        if (core::is_final(record.status)) {
            co_return fail(StoreError::conflict);
        }
        if (changed.fencing_token < record.fencing_token) {
            co_return fail(StoreError::stale);
        }
        ++saves;
        record = std::move(changed);
        co_return true;
    }
    Outcome<bool> create(core::CallRecord) override { co_return fail(StoreError::conflict); }
    Outcome<core::CallRecord> load(TenantId, CallId) override { co_return record; }
    Outcome<core::CallRecord> claim(TenantId, CallId, std::uint64_t) override { co_return record; }
    Outcome<Page<core::CallRecord>> list(TenantId, CallFilter) override {
        co_return Page<core::CallRecord>{};
    }
    Outcome<bool> append_transcript(TranscriptWrite) override { co_return true; }
    Outcome<std::vector<core::TranscriptEntry>> load_transcript(TenantId, CallId) override {
        co_return std::vector<core::TranscriptEntry>{};
    }
};

class RoomWatchTest : public testing::Test {
protected:
    RoomWatchTest() {
        store.record.id = CallId("1");
        store.record.room_name = "call-1";
        watch =
            std::make_unique<RoomWatch>(RoomWatchOptions{}, RoomWatch::Parts{store, store, loop});
    }
    ~RoomWatchTest() override {
        runtime::TaskScope scope(loop);
        scope.spawn(watch->close());
        loop.run_for(seconds(1));
    }

    static RoomEvent event(RoomEvent::Kind kind, std::string id = "EV_1") {
        RoomEvent made;
        made.id = std::move(id);
        made.kind = kind;
        made.room_name = "call-1";
        made.identity = "caller-1";
        return made;
    }
    Result<bool, StoreError> tell(RoomEvent given) {
        std::optional<Result<bool, StoreError>> outcome;
        runtime::TaskScope scope(loop);
        scope.spawn(keep(watch->handle(std::move(given)), outcome));
        loop.run_for(milliseconds(1));
        return outcome.value();
    }
    static Task<void> keep(Task<Result<bool, StoreError>> task,
                           std::optional<Result<bool, StoreError>>& outcome) {
        outcome = co_await task;
    }

    runtime::VirtualLoop loop;
    OneCall store;
    std::unique_ptr<RoomWatch> watch;
};

TEST_F(RoomWatchTest, FailsAPendingCallAtOnce) {
    EXPECT_TRUE(tell(event(RoomEvent::Kind::room_finished)).has_value());
    EXPECT_EQ(store.record.status, core::CallStatus::failed);
    EXPECT_EQ(store.record.status_reason, "room_closed");
    EXPECT_TRUE(store.record.ended_at);
}

TEST_F(RoomWatchTest, LeavesTheEndToTheWorkerForAWhile) {
    store.record.status = core::CallStatus::active;
    store.record.fencing_token = 7;
    RoomEvent left = event(RoomEvent::Kind::participant_left);
    left.reason = RoomEvent::LeaveReason::left;
    EXPECT_TRUE(tell(left).has_value());
    loop.run_for(seconds(19));
    EXPECT_EQ(store.record.status, core::CallStatus::active);
    loop.run_for(seconds(2));
    EXPECT_EQ(store.record.status, core::CallStatus::disconnected);
    EXPECT_EQ(store.record.status_reason, "caller_left") << "nobody held the call any more";
}

TEST_F(RoomWatchTest, AGuestWhoGoesEndsNothing) {
    RoomEvent guest = event(RoomEvent::Kind::participant_left);
    guest.identity = "guest";
    EXPECT_TRUE(tell(guest).has_value());
    EXPECT_EQ(store.record.status, core::CallStatus::pending);
    store.record.status = core::CallStatus::active;
    guest.id = "EV_2";
    EXPECT_TRUE(tell(guest).has_value());
    loop.run_for(seconds(60));
    EXPECT_EQ(store.record.status, core::CallStatus::active);
}

/// Somebody is in every room.
class Others final : public RoomPeople {
public:
    std::vector<RoomParticipant> people;
    Task<Result<std::vector<RoomParticipant>, RoomError>> list(std::string) override {
        co_return people;
    }
    Task<Result<bool, RoomError>> exists(std::string) override { co_return true; }
};

TEST_F(RoomWatchTest, ACallerMayLeaveTheCallToOthers) {
    Others others;
    others.people.resize(2);
    others.people[0].identity = "caller-1";
    others.people[1].identity = "colleague";
    RoomWatch with_people({}, {store, store, loop, nullptr, &others});
    store.record.status = core::CallStatus::active;
    runtime::TaskScope scope(loop);
    std::optional<Result<bool, StoreError>> outcome;
    scope.spawn(keep(with_people.handle(event(RoomEvent::Kind::participant_left)), outcome));
    loop.run_for(seconds(60));
    EXPECT_EQ(store.record.status, core::CallStatus::active);
    // Nobody but the agent is left.
    others.people[1].kind = ParticipantKind::agent;
    scope.spawn(
        keep(with_people.handle(event(RoomEvent::Kind::participant_left, "EV_2")), outcome));
    loop.run_for(seconds(60));
    EXPECT_EQ(store.record.status, core::CallStatus::disconnected);
    scope.spawn(with_people.close());
    loop.run_for(seconds(1));
}

TEST_F(RoomWatchTest, TheWorkersOwnEndStays) {
    store.record.status = core::CallStatus::active;
    EXPECT_TRUE(tell(event(RoomEvent::Kind::room_finished)).has_value());
    store.record.status = core::CallStatus::completed;
    loop.run_for(seconds(60));
    EXPECT_EQ(store.record.status, core::CallStatus::completed);
    EXPECT_EQ(store.saves, 0);
}

TEST_F(RoomWatchTest, PassesOverWhatDoesNotEndACall) {
    RoomEvent replaced = event(RoomEvent::Kind::participant_left, "EV_2");
    replaced.reason = RoomEvent::LeaveReason::replaced;
    RoomEvent agent = event(RoomEvent::Kind::participant_left, "EV_3");
    agent.participant = ParticipantKind::agent;
    RoomEvent ours = event(RoomEvent::Kind::participant_left, "EV_4");
    ours.identity = "agent-1";
    RoomEvent elsewhere = event(RoomEvent::Kind::room_finished, "EV_5");
    elsewhere.room_name = "somebody-elses";
    for (const RoomEvent& given :
         {replaced, agent, ours, elsewhere, event(RoomEvent::Kind::participant_joined, "EV_6"),
          event(RoomEvent::Kind::other, "EV_7"), event(RoomEvent::Kind::room_started, "EV_8")}) {
        EXPECT_TRUE(tell(given).has_value()) << given.id;
    }
    loop.run_for(seconds(60));
    EXPECT_EQ(store.record.status, core::CallStatus::pending);
}

TEST_F(RoomWatchTest, AReportCountsOnceUnlessItFailed) {
    store.is_away = true;
    EXPECT_EQ(tell(event(RoomEvent::Kind::room_finished)).error(), StoreError::unavailable);
    store.is_away = false;
    EXPECT_TRUE(tell(event(RoomEvent::Kind::room_finished)).has_value());
    EXPECT_EQ(store.record.status, core::CallStatus::failed);
    // Somebody sends the same report again for another life of the room.
    store.record.status = core::CallStatus::pending;
    EXPECT_TRUE(tell(event(RoomEvent::Kind::room_finished)).has_value());
    EXPECT_EQ(store.record.status, core::CallStatus::pending);
}

}  // namespace
}  // namespace studio::services
