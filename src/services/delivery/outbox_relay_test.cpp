#include "services/delivery/outbox_relay.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "runtime/virtual_loop.hpp"
#include "support/queue/recording_event_bus.hpp"
#include "support/stores/fake_call_store.hpp"
#include "support/stores/fake_idempotency_store.hpp"

namespace studio::services {
namespace {

class OutboxRelayTest : public ::testing::Test {
protected:
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

    [[nodiscard]] std::vector<std::string> published() const {
        std::vector<std::string> names;
        for (const CallEvent& event : bus_.published) {
            names.push_back(event.call_id.text() + ' ' + event.type);
        }
        return names;
    }

    runtime::VirtualLoop loop_;
    runtime::TaskScope scope_{loop_};
    SeededEntropy entropy_{3};
    studio::testing::FakeCallStore calls_;
    studio::testing::FakeOutboxStore outbox_{calls_, loop_};
    studio::testing::FakeIdempotencyStore keys_;
    studio::testing::RecordingEventBus bus_;
    std::vector<std::unique_ptr<OutboxRelay>> relays_;
};

TEST_F(OutboxRelayTest, EachEventIsPublishedOnceByOneOfTheReplicas) {
    start(3);
    for (int index = 0; index < 250; ++index) {
        run(create("c" + std::to_string(index)));
    }
    loop_.run_for(seconds(30));
    ASSERT_EQ(published().size(), 250U);
    EXPECT_EQ(published().front(), "c0 call.created");
}

TEST_F(OutboxRelayTest, WhatTheBusDidNotTakeIsPublishedWhenItIsBack) {
    start(1);
    bus_.is_available = false;
    run(create("c1"));
    run(create("c2"));
    loop_.run_for(seconds(5));
    EXPECT_TRUE(published().empty());
    bus_.is_available = true;
    loop_.run_for(seconds(11));
    EXPECT_EQ(published(), (std::vector<std::string>{"c1 call.created", "c2 call.created"}));
}

}  // namespace
}  // namespace studio::services
