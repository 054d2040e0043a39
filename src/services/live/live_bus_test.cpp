#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "runtime/task_scope.hpp"
#include "runtime/virtual_loop.hpp"
#include "services/live/memory_live_bus.hpp"
#include "services/live/posted_live_sink.hpp"
#include "services/live/telling_call_store.hpp"
#include "support/stores/fake_call_store.hpp"

namespace studio::services {
namespace {

const TenantId tenant("t1");

LiveEvent event(std::string type) {
    LiveEvent event;
    event.call_id = CallId("c1");
    event.type = std::move(type);
    event.data = "{}";
    return event;
}

class Heard final : public LiveListener {
public:
    void on_live_event(const LiveEventPtr& event) override {
        types.push_back(event->type);
        ids.push_back(event->id);
    }
    void on_live_up() override { ++ups; }

    std::vector<std::string> types;
    std::vector<LiveId> ids;
    int ups = 0;
};

class LiveBusTest : public ::testing::Test {
protected:
    LiveHistory history(std::optional<LiveId> after, std::size_t count_max = 100) {
        LiveHistory found;
        scope_.spawn(ask(after, count_max, found));
        loop_.run_for(milliseconds{1});
        return found;
    }
    Task<void> ask(std::optional<LiveId> after, std::size_t count_max, LiveHistory& found) {
        auto outcome = co_await bus_.history(tenant, after, count_max);
        EXPECT_TRUE(outcome.has_value());
        found = std::move(*outcome);
    }

    runtime::VirtualLoop loop_;
    runtime::TaskScope scope_{loop_};
    MemoryLiveBus bus_{loop_, {.kept_max = 3, .tenants_max = 2, .event_bytes_max = 64}};
    Heard heard_;
};

TEST(LiveIdTest, IsReadAsItIsWrittenAndOtherwiseNot) {
    const LiveId id{1'800'000'000'000, 7};
    EXPECT_EQ(id.text(), "1800000000000-7");
    EXPECT_EQ(parse_live_id(id.text()), id);
    for (const char* text : {"", "-", "1", "1-", "-1", "1-2-3", "1-x", " 1-2", "1-2 ", "+1-2",
                             "99999999999999999999999-1"}) {
        EXPECT_FALSE(parse_live_id(text)) << text;
    }
    EXPECT_LT((LiveId{1, 9}), (LiveId{2, 0}));
    EXPECT_LT((LiveId{2, 9}), (LiveId{2, 10}));
}

TEST_F(LiveBusTest, IdsGrowAlsoWithinAMillisecond) {
    const auto channel = bus_.listen(tenant, heard_);
    bus_.publish(tenant, event("a"));
    bus_.publish(TenantId("t2"), event("other"));
    bus_.publish(tenant, event("b"));
    loop_.run_for(milliseconds{5});
    bus_.publish(tenant, event("c"));
    EXPECT_EQ(heard_.types, (std::vector<std::string>{"a", "b", "c"}));
    EXPECT_LT(heard_.ids[0], heard_.ids[1]);
    EXPECT_LT(heard_.ids[1], heard_.ids[2]);
    EXPECT_EQ(heard_.ups, 1);
}

TEST_F(LiveBusTest, HistoryIsWholeAsLongAsTheEventIsKept) {
    const auto channel = bus_.listen(tenant, heard_);
    for (const char* type : {"a", "b", "c"}) {
        bus_.publish(tenant, event(type));
    }
    LiveHistory found = history(heard_.ids[0]);
    ASSERT_TRUE(found.is_whole);
    ASSERT_EQ(found.events.size(), 2U);
    EXPECT_EQ(found.events[0]->type, "b");
    EXPECT_TRUE(history(heard_.ids[2]).is_whole);
    EXPECT_TRUE(history(heard_.ids[2]).events.empty());
    EXPECT_FALSE(history(heard_.ids[0], 1).is_whole);
    bus_.publish(tenant, event("d"));
    EXPECT_FALSE(history(heard_.ids[0]).is_whole);
    EXPECT_FALSE(history(LiveId{1, 1}).is_whole);
    found = history(std::nullopt, 2);
    ASSERT_EQ(found.events.size(), 2U);
    EXPECT_EQ(found.events[0]->type, "c");
}

TEST_F(LiveBusTest, WhatIsTooLargeIsDroppedAndTheSilentTenantForgotten) {
    const auto channel = bus_.listen(tenant, heard_);
    LiveEvent large = event("large");
    large.data = std::string(65, 'x');
    bus_.publish(tenant, large);
    EXPECT_TRUE(heard_.types.empty());
    bus_.publish(tenant, event("a"));
    for (const char* other : {"t2", "t3", "t4"}) {
        loop_.run_for(milliseconds{1});
        bus_.publish(TenantId(other), event("b"));
    }
    // Ours is listened to, so it stays, however silent.
    EXPECT_TRUE(history(heard_.ids[0]).is_whole);
}

TEST_F(LiveBusTest, ASinkOfAnotherLoopKeepsOrderAndDropsWhatDoesNotFit) {
    const auto channel = bus_.listen(tenant, heard_);
    runtime::VirtualLoop call_loop;
    PostedLiveSink sink(call_loop, loop_, bus_, 2);
    for (const char* type : {"a", "b", "c", "d"}) {
        sink.publish(tenant, event(type));
    }
    // The first is under way, two wait, and there is no room for the last.
    for (int round = 0; round < 3; ++round) {
        loop_.run_for(milliseconds{1});
        call_loop.run_for(milliseconds{1});
    }
    EXPECT_EQ(heard_.types, (std::vector<std::string>{"a", "b", "c"}));
    sink.publish(tenant, event("e"));
    loop_.run_for(milliseconds{1});
    EXPECT_EQ(heard_.types.back(), "e");
}

TEST_F(LiveBusTest, AStoreTellsOfCallsThatNoSessionHolds) {
    const auto channel = bus_.listen(tenant, heard_);
    MemoryLiveBus bus(loop_);
    const auto told = bus.listen(tenant, heard_);
    studio::testing::FakeCallStore inner;
    TellingCallStore store(inner, CallTeller(loop_, &bus));
    core::CallRecord record;
    record.id = CallId("c1");
    record.tenant_id = tenant;
    record.phone_number = Pii<std::string>("+15550100");
    const auto work = [](TellingCallStore& calls, core::CallRecord call) -> Task<void> {
        EXPECT_TRUE((co_await calls.create(call)).has_value());
        EXPECT_FALSE((co_await calls.create(call)).has_value());
        call.status = core::CallStatus::connecting;
        EXPECT_TRUE((co_await calls.save(call)).has_value());
        call.status = core::CallStatus::failed;
        EXPECT_TRUE((co_await calls.save(call)).has_value());
        EXPECT_FALSE((co_await calls.save(call)).has_value());
    };
    scope_.spawn(work(store, record));
    loop_.run_for(milliseconds{1});
    EXPECT_EQ(heard_.types, (std::vector<std::string>{"created", "status", "failed"}));
    const JsonObject view = live_call_view(record, loop_.wall_now());
    EXPECT_EQ(serialize_json(Json(view)).find("5550100"), std::string::npos);
}

}  // namespace
}  // namespace studio::services
