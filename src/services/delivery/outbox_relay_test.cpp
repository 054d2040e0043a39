#include "services/delivery/outbox_relay.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "runtime/virtual_loop.hpp"
#include "support/queue/memory_event_bus.hpp"
#include "support/stores/fake_call_store.hpp"
#include "support/stores/fake_idempotency_store.hpp"

namespace studio::services {
namespace {

class Listener final : public EventListener {
public:
    void on_call_event(const CallEvent& event) override {
        heard.push_back(event.call_id.text() + ' ' + event.type);
    }
    void on_gap() override {}

    std::vector<std::string> heard;
};

class OutboxRelayTest : public ::testing::Test {
protected:
    OutboxRelayTest() : subscription_(bus_.subscribe(TenantId(), listener_)) {
        loop_.run_for(seconds(1));
    }
    ~OutboxRelayTest() override {
        for (auto& relay : relays_) {
            run(relay->close());
        }
    }
    void start(int replicas) {
        for (int index = 0; index < replicas; ++index) {
            relays_.push_back(std::make_unique<OutboxRelay>(
                OutboxRelayOptions{}, OutboxRelay::Parts{outbox_, keys_, bus_, entropy_, loop_}));
            relays_.back()->start();
        }
    }
    void run(Task<void> task) {
        scope_.spawn(std::move(task));
        loop_.run_for(milliseconds(1));
    }
    Task<void> create(std::string id) {
        core::CallRecord record;
        record.id = CallId(std::move(id));
        record.tenant_id = TenantId("t1");
        EXPECT_TRUE((co_await calls_.create(std::move(record))).has_value());
    }

    runtime::VirtualLoop loop_;
    runtime::TaskScope scope_{loop_};
    SeededEntropy entropy_{3};
    studio::testing::FakeCallStore calls_;
    studio::testing::FakeOutboxStore outbox_{calls_, loop_};
    studio::testing::FakeIdempotencyStore keys_;
    testing::MemoryEventHub hub_{loop_};
    testing::MemoryEventBus bus_{loop_, hub_};
    Listener listener_;
    std::unique_ptr<Subscription> subscription_;
    std::vector<std::unique_ptr<OutboxRelay>> relays_;
};

TEST_F(OutboxRelayTest, EachEventIsPublishedOnceByOneOfTheReplicas) {
    start(3);
    for (int index = 0; index < 250; ++index) {
        run(create("c" + std::to_string(index)));
    }
    loop_.run_for(seconds(30));
    ASSERT_EQ(listener_.heard.size(), 250U);
    EXPECT_EQ(listener_.heard.front(), "c0 call.created");
}

TEST_F(OutboxRelayTest, WhatTheBusDidNotTakeIsPublishedWhenItIsBack) {
    start(1);
    bus_.set_available(false);
    run(create("c1"));
    run(create("c2"));
    loop_.run_for(seconds(5));
    EXPECT_TRUE(listener_.heard.empty());
    bus_.set_available(true);
    loop_.run_for(seconds(11));
    EXPECT_EQ(listener_.heard, (std::vector<std::string>{"c1 call.created", "c2 call.created"}));
}

}  // namespace
}  // namespace studio::services
