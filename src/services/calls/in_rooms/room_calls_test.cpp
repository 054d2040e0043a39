#include "services/calls/in_rooms/room_calls.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <vector>

#include "support/fakes/fake_room_control.hpp"
#include "support/queue/memory_job_queue.hpp"
#include "support/stores/calls_fixture.hpp"

namespace studio::services {
namespace {

using testing::tenant;

/// The sweep's view of the store, which may be away.
class OutageRecovery final : public CallRecovery {
public:
    explicit OutageRecovery(studio::testing::FakeCallStore& store) : recovery_(store) {}

    Outcome<std::vector<core::CallRecord>> list_pending(WallTime before,
                                                        std::uint32_t limit) override {
        if (!available) {
            co_return fail(StoreError::unavailable);
        }
        co_return co_await recovery_.list_pending(before, limit);
    }
    Outcome<std::vector<core::CallRecord>> list_held(WallTime after, CallId after_id,
                                                     std::uint32_t limit) override {
        return recovery_.list_held(after, std::move(after_id), limit);
    }
    Outcome<bool> note_alive(std::vector<CallId> ids) override {
        return recovery_.note_alive(std::move(ids));
    }
    Outcome<std::uint64_t> fail_unfinished() override { return recovery_.fail_unfinished(); }

    bool available = true;

private:
    studio::testing::FakeCallRecovery recovery_;
};

/// Two API replicas over one store and one queue.
class RoomCallsTest : public testing::CallsFixture {
protected:
    ~RoomCallsTest() override {
        for (auto& replica : replicas_) {
            run(replica->close());
        }
    }

    void start(RoomCallsOptions options, int replicas = 1) {
        for (int index = 0; index < replicas; ++index) {
            replicas_.push_back(std::make_unique<RoomCalls>(
                options, RoomCalls::Parts{store_, recovery_, keys_, resources_, queue_, rooms_,
                                          entropy_, loop_}));
            replicas_.back()->start();
        }
    }
    ServiceResult<CreatedCall> create(const std::string& key = "", std::size_t replica = 0,
                                      const char* body = R"({"agent_name":"waiter"})") {
        std::optional<ServiceResult<CreatedCall>> outcome;
        run(create_into(outcome, key, replica, body));
        return std::move(*outcome);
    }
    Task<void> create_into(std::optional<ServiceResult<CreatedCall>>& outcome, std::string key,
                           std::size_t replica, const char* body) {
        CallOrigin origin{std::move(key)};
        outcome = co_await replicas_[replica]->create(tenant, *parse_json(body), std::move(origin));
    }
    ServiceResult<core::CallRecord> end(const CallId& id) {
        std::optional<ServiceResult<core::CallRecord>> outcome;
        run(end_into(outcome, id));
        return std::move(*outcome);
    }
    Task<void> end_into(std::optional<ServiceResult<core::CallRecord>>& outcome, CallId id) {
        outcome = co_await replicas_[0]->end(tenant, std::move(id));
    }
    Task<void> offer_into(std::optional<ServiceResult<std::string>>& answer, CallId id) {
        answer = co_await replicas_[0]->accept_offer(tenant, std::move(id), "v=0");
    }
    Task<void> save(core::CallRecord record) {
        EXPECT_TRUE((co_await store_.save(std::move(record))).has_value());
    }
    core::CallRecord row(const CallId& id) {
        for (core::CallRecord& record : rows()) {
            if (record.id == id) {
                return record;
            }
        }
        return {};
    }
    std::vector<core::CallRecord> rows() {
        std::vector<core::CallRecord> records;
        run(list_into(records));
        return records;
    }
    Task<void> list_into(std::vector<core::CallRecord>& records) {
        CallFilter all;
        auto page = co_await store_.list(tenant, std::move(all));
        EXPECT_TRUE(page.has_value());
        records = std::move(page->items);
    }
    Lease take(milliseconds duration = seconds(2)) {
        Lease lease;
        run(take_into(lease, duration));
        return lease;
    }
    Task<void> take_into(Lease& lease, milliseconds duration) {
        TakeRequest request;
        request.worker_id = "w";
        request.worker_calls_max = 10;
        request.lease_duration = duration;
        lease = **(co_await queue_.take(std::move(request), milliseconds(0)));
    }
    /// How many of the worker's calls a renewal says are to end.
    std::size_t cancelled_leases(const Lease& lease) {
        std::size_t count = 99;
        run(renew_into(count, lease));
        return count;
    }
    Task<void> renew_into(std::size_t& count, Lease lease) {
        std::vector<Lease> leases(1, lease);
        const auto renewed = co_await queue_.renew("w", std::move(leases), seconds(100));
        count = renewed ? renewed->cancelled.size() : 99;
    }
    void give_back(const Lease& lease) { run(release(lease)); }
    Task<void> release(Lease lease) {
        const LeaseKey key{lease.job.call_id, lease.fencing_token};
        EXPECT_TRUE((co_await queue_.release(key, true)).has_value());
    }
    std::size_t waiting() { return queue_.waiting_jobs("").size(); }

    OutageRecovery recovery_{store_};
    testing::MemoryJobQueue queue_{loop_};
    testing_support::FakeRoomControl rooms_;
    std::vector<std::unique_ptr<RoomCalls>> replicas_;
};

TEST_F(RoomCallsTest, ACallIsStoredQueuedAndAnsweredWithARoom) {
    start({});
    const auto created = create();
    ASSERT_TRUE(created);
    const core::CallRecord& record = created->record;
    EXPECT_EQ(record.room_name, "call-" + record.id.text());
    EXPECT_EQ(record.status, core::CallStatus::pending);
    EXPECT_EQ(created->room->url, "ws://rooms");
    EXPECT_EQ(created->room->token.reveal(), "token of caller-" + record.id.text());
    EXPECT_EQ(row(record.id).room_name, record.room_name);
    EXPECT_TRUE(rooms_.rooms.contains(record.room_name));
    ASSERT_EQ(waiting(), 1U);
    EXPECT_EQ(queue_.waiting_jobs("")[0].call_id, record.id);
}

TEST_F(RoomCallsTest, WhileTheQueueIsAwayCallsAreAnsweredAndSweptInOnceAfterwards) {
    start({}, 2);
    queue_.set_available(false);
    const auto created = create();
    ASSERT_TRUE(created) << created.error().message;
    loop_.run_for(seconds(20));
    queue_.set_available(true);
    EXPECT_EQ(waiting(), 0U);
    loop_.run_for(seconds(2));
    ASSERT_EQ(waiting(), 1U);
    EXPECT_EQ(queue_.waiting_jobs("")[0].queued_at, created->record.created_at);
}

TEST_F(RoomCallsTest, AQueueThatLostItsMemoryIsFilledAgain) {
    start({});
    ASSERT_TRUE(create());
    ASSERT_TRUE(create());
    queue_.lose_memory();
    EXPECT_EQ(waiting(), 0U);
    loop_.run_for(seconds(5));
    EXPECT_EQ(waiting(), 2U);
}

TEST_F(RoomCallsTest, AfterAnOutageOfTheDatabaseTheSweepWaits) {
    start({});
    queue_.set_available(false);
    ASSERT_TRUE(create());
    recovery_.available = false;
    loop_.run_for(seconds(10));
    queue_.set_available(true);
    recovery_.available = true;
    loop_.run_for(seconds(1));
    loop_.run_for(seconds(8));
    EXPECT_EQ(waiting(), 1U);
}

TEST_F(RoomCallsTest, AnIdempotencyKeyIsOneCallOverReplicas) {
    start({}, 2);
    const auto first = create("k1", 0);
    const auto second = create("k1", 1);
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->record.id, second->record.id);
    EXPECT_EQ(waiting(), 1U);
    EXPECT_NE(create("k2", 1)->record.id, first->record.id);
    EXPECT_EQ(rows().size(), 2U);
}

TEST_F(RoomCallsTest, SimultaneousRequestsWithOneKeyAreOneCall) {
    start({}, 2);
    std::optional<ServiceResult<CreatedCall>> first;
    std::optional<ServiceResult<CreatedCall>> second;
    scope_.spawn(create_into(first, "k", 0, R"({"agent_name":"waiter"})"));
    scope_.spawn(create_into(second, "k", 1, R"({"agent_name":"waiter"})"));
    loop_.run_for(milliseconds(10));
    ASSERT_TRUE(first && second && *first && *second);
    EXPECT_EQ((*first)->record.id, (*second)->record.id);
    EXPECT_EQ(rows().size(), 1U);
}

TEST_F(RoomCallsTest, LimitsAreToldAndLeaveNoCallBehind) {
    RoomCallsOptions options;
    options.limits.tenant_calls_max = 2;
    start(options);
    ASSERT_TRUE(create());
    ASSERT_TRUE(create());
    const auto refused = create("k");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ServiceErrorCode::rate_limit_exceeded);
    std::size_t failed = 0;
    for (const core::CallRecord& record : rows()) {
        failed += record.status_reason == "tenant_limit" ? 1U : 0U;
    }
    EXPECT_EQ(failed, 1U);
    EXPECT_EQ(rooms_.rooms.size(), 2U) << "no room for who was refused";
    loop_.run_for(seconds(10));
    EXPECT_EQ(waiting(), 2U);
    // The key was freed with its call: the next try is a call of its own, as soon as a place is.
    EXPECT_FALSE(create("k"));
    ASSERT_TRUE(end(queue_.waiting_jobs("")[0].call_id));
    EXPECT_TRUE(create("k"));
}

TEST_F(RoomCallsTest, AnOverlongQueueSaysWhenToComeAgain) {
    RoomCallsOptions options;
    options.limits.waiting_max = 1;
    start(options);
    ASSERT_TRUE(create());
    const auto refused = create();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ServiceErrorCode::unavailable);
    EXPECT_EQ(refused.error().retry_after, seconds(5));
    EXPECT_EQ(rooms_.rooms.size(), 1U);
}

TEST_F(RoomCallsTest, AWaitingCallIsCancelledAndLeavesTheQueue) {
    start({});
    const auto pending = create();
    const auto cancelled = end(pending->record.id);
    ASSERT_TRUE(cancelled);
    EXPECT_EQ(cancelled->status, core::CallStatus::failed);
    EXPECT_EQ(cancelled->status_reason, "cancelled");
    EXPECT_FALSE(rooms_.rooms.contains(pending->record.room_name));
    EXPECT_EQ(waiting(), 0U);
    const auto again = end(pending->record.id);
    ASSERT_TRUE(again) << "asking again is harmless";
    EXPECT_EQ(again->ended_at, cancelled->ended_at);

    // While the queue is away its job stays, until the queue is back.
    const auto second = create();
    queue_.set_available(false);
    EXPECT_EQ(end(second->record.id)->status_reason, "cancelled");
    queue_.set_available(true);
    EXPECT_EQ(waiting(), 1U);
    loop_.run_for(seconds(3));
    EXPECT_EQ(waiting(), 0U);
}

TEST_F(RoomCallsTest, TheWorkerOfALiveCallIsToldToEndIt) {
    start({});
    core::CallRecord live = create()->record;
    const Lease lease = take();
    live.status = core::CallStatus::active;
    live.fencing_token = lease.fencing_token;
    run(save(live));
    EXPECT_EQ(end(live.id)->status, core::CallStatus::active);
    EXPECT_EQ(cancelled_leases(lease), 1U);
    // The farewell has its time; then the room is closed, again and again until the call is over.
    loop_.run_for(seconds(15));
    EXPECT_TRUE(rooms_.rooms.contains(live.room_name));
    loop_.run_for(seconds(10));
    EXPECT_FALSE(rooms_.rooms.contains(live.room_name));
    rooms_.rooms.insert(live.room_name);
    loop_.run_for(seconds(2));
    EXPECT_FALSE(rooms_.rooms.contains(live.room_name));
    live.status = core::CallStatus::completed;
    run(save(live));
    loop_.run_for(seconds(2));
    rooms_.rooms.insert(live.room_name);
    loop_.run_for(seconds(60));
    EXPECT_TRUE(rooms_.rooms.contains(live.room_name));
}

TEST_F(RoomCallsTest, TheEndOfALiveCallThatNobodyHoldsIsWritten) {
    start({});
    core::CallRecord live = create()->record;
    const Lease lease = take();
    live.status = core::CallStatus::active;
    live.fencing_token = lease.fencing_token;
    run(save(live));
    // Its worker died, and the job waits for another.
    give_back(lease);
    const auto ended = end(live.id);
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->status, core::CallStatus::completed);
    EXPECT_EQ(ended->status_reason, "ended_by_api");
    EXPECT_EQ(waiting(), 0U);
    EXPECT_FALSE(rooms_.rooms.contains(live.room_name));
}

TEST_F(RoomCallsTest, LeasesEndWithoutAnyWorker) {
    start({});
    core::CallRecord live = create()->record;
    [[maybe_unused]] const Lease lease = take();
    live.status = core::CallStatus::active;
    run(save(live));
    EXPECT_EQ(end(live.id)->status, core::CallStatus::active);
    loop_.run_for(seconds(8));
    EXPECT_EQ(row(live.id).status_reason, "ended_by_api");
    EXPECT_EQ(waiting(), 0U);
    // One that nobody ended waits for a worker again.
    core::CallRecord other = create()->record;
    [[maybe_unused]] const Lease lost = take();
    loop_.run_for(seconds(8));
    EXPECT_EQ(waiting(), 1U);
    for (int attempt = 2; attempt <= 5; ++attempt) {
        [[maybe_unused]] const Lease again = take();
        loop_.run_for(seconds(8));
    }
    EXPECT_EQ(row(other.id).status_reason, "workers_lost");
    EXPECT_FALSE(rooms_.rooms.contains(other.room_name));
}

TEST_F(RoomCallsTest, TheRoomOfADeadCallIsClosedWhenTheMediaServerIsBack) {
    RoomCallsOptions options;
    start(options, 2);
    const core::CallRecord call = create()->record;
    rooms_.available = false;
    for (int attempt = 1; attempt <= 5; ++attempt) {
        [[maybe_unused]] const Lease lease = take();
        loop_.run_for(seconds(8));
    }
    EXPECT_EQ(row(call.id).status_reason, "workers_lost");
    const auto ended_at = row(call.id).ended_at;
    EXPECT_TRUE(rooms_.rooms.contains(call.room_name));
    rooms_.available = true;
    loop_.run_for(seconds(3));
    EXPECT_FALSE(rooms_.rooms.contains(call.room_name));
    EXPECT_EQ(row(call.id).ended_at, ended_at);
}

TEST_F(RoomCallsTest, WithoutTheQueueALiveCallLosesItsRoom) {
    start({});
    core::CallRecord live = create()->record;
    [[maybe_unused]] const Lease lease = take();
    live.status = core::CallStatus::active;
    run(save(live));
    queue_.set_available(false);
    rooms_.available = false;
    EXPECT_EQ(end(live.id).error().code, ServiceErrorCode::unavailable);
    rooms_.available = true;
    EXPECT_EQ(end(live.id)->status, core::CallStatus::active);
    EXPECT_FALSE(rooms_.rooms.contains(live.room_name));
}

TEST_F(RoomCallsTest, ALiveCallThatTheQueueForgotAndNobodyHoldsComesBack) {
    start({}, 2);
    core::CallRecord held = create()->record;
    core::CallRecord orphan = create()->record;
    const Lease lease = take(seconds(100));
    [[maybe_unused]] const Lease other = take(seconds(100));
    for (core::CallRecord* record : {&held, &orphan}) {
        record->status = core::CallStatus::active;
        run(save(*record));
    }
    loop_.run_for(seconds(10));
    EXPECT_EQ(waiting(), 0U);
    queue_.lose_memory();
    EXPECT_EQ(cancelled_leases(lease), 0U);  // A renewal: this worker lives.
    loop_.run_for(seconds(10));
    ASSERT_EQ(waiting(), 1U);
    EXPECT_EQ(queue_.waiting_jobs("")[0].call_id, orphan.id);
    // And where somebody ended it meanwhile, its end is written although nobody holds it.
    queue_.lose_memory();
    EXPECT_TRUE(end(orphan.id));
    loop_.run_for(seconds(12));
    EXPECT_EQ(row(orphan.id).status_reason, "ended_by_api");
}

TEST_F(RoomCallsTest, ACallThatNoWorkerTakesFails) {
    start({});
    const auto created = create();
    loop_.run_for(seconds(119));
    EXPECT_EQ(row(created->record.id).status, core::CallStatus::pending);
    loop_.run_for(seconds(5));
    EXPECT_EQ(row(created->record.id).status_reason, "no_worker");
    EXPECT_FALSE(rooms_.rooms.contains(created->record.room_name));
}

TEST_F(RoomCallsTest, ACallThatFailedWhileTheQueueWasAwayLeavesItAfterwards) {
    start({});
    const auto created = create();
    loop_.run_for(seconds(100));
    queue_.set_available(false);
    loop_.run_for(seconds(120));
    EXPECT_EQ(row(created->record.id).status_reason, "no_worker");
    queue_.set_available(true);
    EXPECT_EQ(waiting(), 1U);
    loop_.run_for(seconds(3));
    EXPECT_EQ(waiting(), 0U);
}

TEST_F(RoomCallsTest, WhoShutsDownTakesNoCallsAndOffersAreForOtherCalls) {
    start({});
    const auto created = create();
    std::optional<ServiceResult<std::string>> answer;
    run(offer_into(answer, created->record.id));
    EXPECT_EQ(answer->error().code, ServiceErrorCode::conflict);
    replicas_[0]->stop_accepting();
    EXPECT_EQ(create().error().code, ServiceErrorCode::unavailable);
}

}  // namespace
}  // namespace studio::services
