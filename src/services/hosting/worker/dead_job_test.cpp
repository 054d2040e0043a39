#include <gtest/gtest.h>

#include <optional>

#include "runtime/virtual_loop.hpp"
#include "services/hosting/worker/worker.hpp"
#include "support/fakes/fake_http_client.hpp"
#include "support/fakes/fake_room_control.hpp"
#include "support/queue/memory_call_journal.hpp"
#include "support/queue/memory_job_queue.hpp"
#include "support/stores/fake_call_store.hpp"
#include "support/stores/fake_resource_store.hpp"

namespace studio::services {
namespace {

/// A worker that holds nothing itself and hears of a job whose holders all died.
class DeadJob : public ::testing::Test {
protected:
    ~DeadJob() override {
        run(worker_.close());
        loop_.run_for(seconds(2));  // A request for a job may be under way.
    }

    void run(Task<void> task) {
        scope_.spawn(std::move(task));
        loop_.run_for(milliseconds(1));
    }
    Task<void> admit(core::CallRecord record) {
        rooms_.rooms.insert(record.room_name);
        core::Job job{record.id, record.tenant_id, record.agent_name, record.room_name, 1, {}};
        EXPECT_TRUE((co_await calls_.create(std::move(record))).has_value());
        EXPECT_TRUE((co_await queue_.push(std::move(job), {})).has_value());
    }
    Task<void> keep_snapshot() {
        LeaseKey key{CallId("c"), 1};
        EXPECT_TRUE((co_await journal_.save(std::move(key), "snapshot")).has_value());
    }
    Task<void> take_and_die() {
        TakeRequest request;
        request.worker_id = "dying";
        request.worker_calls_max = 10;
        request.lease_duration = milliseconds(100);
        const auto lease = co_await queue_.take(std::move(request), milliseconds(0));
        EXPECT_TRUE(lease && *lease);
    }
    Task<void> refuse(core::CallRecord record) {
        HoldRequest request;
        request.record = std::move(record);
        request.refusal = core::EndReason::overloaded;
        EXPECT_TRUE((co_await worker_.take_directly(std::move(request), {})).has_value());
    }
    Task<void> load_into(std::optional<core::CallRecord>& record, CallId id) {
        auto loaded = co_await calls_.load(TenantId("t"), std::move(id));
        record = std::move(*loaded);
    }
    core::CallRecord row(const core::CallRecord& record) {
        std::optional<core::CallRecord> loaded;
        run(load_into(loaded, record.id));
        return std::move(*loaded);
    }
    static core::CallRecord call(const char* room, core::CallType type) {
        core::CallRecord record;
        record.id = CallId("c");
        record.tenant_id = TenantId("t");
        record.agent_name = "waiter";
        record.room_name = room;
        record.type = type;
        record.status = core::CallStatus::pending;
        return record;
    }
    static core::CallRecord over(const char* room) {
        core::CallRecord record = call(room, core::CallType::voip);
        record.status = core::CallStatus::completed;
        return record;
    }
    /// The worker has a place, and takes it; the journal is away, which keeps the job there.
    void hold_a_job_that_is_over(const char* room) {
        run(admit(over(room)));
        dispatcher_.add_host(loop_, host_);
        journal_.set_available(false);
        worker_.start();
    }
    core::CallRecord die(const core::CallRecord& record) {
        run(admit(record));
        worker_.start();
        for (int attempt = 1; attempt <= 5; ++attempt) {
            run(take_and_die());
            loop_.run_for(seconds(4));
        }
        return row(record);
    }

    runtime::VirtualLoop loop_;
    runtime::TaskScope scope_{loop_};
    testing::FakeCallStore calls_;
    testing::FakeResourceStore resources_;
    testing::MemoryJobQueue queue_{loop_};
    testing::MemoryCallJournal journal_{loop_};
    testing_support::FakeRoomControl rooms_;
    const HostProviders providers_;
    testing_support::FakeHttpClient http_{loop_, {}, {}};
    CallHost host_{{.loop = loop_, .store = calls_, .http_client = http_, .providers = providers_},
                   {},
                   [](const CallId&, CallEnd) {}};
    Dispatcher dispatcher_{loop_, 1};
    Worker worker_{{.worker_id = "w", .calls_max = 1},
                   {loop_, queue_, journal_, calls_, resources_, dispatcher_, &rooms_}};
};

TEST_F(DeadJob, ItsRowFailsAndItsRoomIsClosed) {
    const core::CallRecord ended = die(call("call-c", core::CallType::voip));
    EXPECT_EQ(ended.status, core::CallStatus::failed);
    EXPECT_EQ(ended.status_reason, "workers_lost");
    EXPECT_TRUE(ended.ended_at.has_value());
    EXPECT_TRUE(rooms_.rooms.empty());
}

TEST_F(DeadJob, APhoneIsHungUpInWhateverRoomItIs) {
    EXPECT_EQ(die(call("phone-7", core::CallType::sip)).status, core::CallStatus::failed);
    EXPECT_TRUE(rooms_.rooms.empty());
}

TEST_F(DeadJob, ARoomOfOthersStays) {
    EXPECT_EQ(die(call("party", core::CallType::voip)).status, core::CallStatus::failed);
    EXPECT_TRUE(rooms_.rooms.contains("party"));
}

TEST_F(DeadJob, ACallThatIsOverLeavesNoJournalBehindHoweverLongThatWasAway) {
    run(keep_snapshot());
    hold_a_job_that_is_over("call-c");
    loop_.run_for(seconds(5));
    EXPECT_EQ(journal_.size(), 1U);
    journal_.set_available(true);
    loop_.run_for(seconds(1));
    EXPECT_EQ(journal_.size(), 0U);
    EXPECT_EQ(worker_.count(), 0U);
}

TEST_F(DeadJob, AFullWorkerTakesTheNextAsSoonAsItsPlaceIsFree) {
    hold_a_job_that_is_over("call-c");
    loop_.run_for(milliseconds(100));
    core::CallRecord record = over("call-d");
    record.id = CallId("d");
    run(admit(std::move(record)));
    loop_.run_for(milliseconds(4'000));
    EXPECT_TRUE(rooms_.rooms.contains("call-d"));
    journal_.set_available(true);
    // The first is gone with the next try; a look every second would come later.
    loop_.run_for(milliseconds(300));
    EXPECT_FALSE(rooms_.rooms.contains("call-d"));
}

TEST_F(DeadJob, WhoIsOnlyToldASentenceTakesNoCallsPlace) {
    const HostProviders providers;
    testing_support::FakeHttpClient http(loop_, {}, {});
    CallHost host({.loop = loop_, .store = calls_, .http_client = http, .providers = providers}, {},
                  [](const CallId&, CallEnd) {});
    dispatcher_.add_host(loop_, host);
    journal_.set_available(false);  // What is taken stays here.
    worker_.start();
    core::CallRecord record = call("call-r", core::CallType::voip);
    record.status = core::CallStatus::completed;
    run(refuse(record));
    EXPECT_EQ(worker_.count(), 0U);
    EXPECT_TRUE(worker_.has_room());
    record.id = CallId("d");
    record.room_name = "call-d";
    run(admit(record));
    loop_.run_for(milliseconds(100));
    EXPECT_EQ(worker_.count(), 1U);
    EXPECT_FALSE(worker_.has_room());
}

}  // namespace
}  // namespace studio::services
