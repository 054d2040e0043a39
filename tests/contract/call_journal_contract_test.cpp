#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/redis/redis_call_journal.hpp"
#include "adapters/redis/redis_event_bus.hpp"
#include "contract/queue_world.hpp"
#include "support/queue/memory_call_journal.hpp"
#include "support/queue/memory_event_bus.hpp"

namespace studio::testing {
namespace {

using ::testing::ElementsAre;

/// Journal and bus of one implementation, and the loop that runs them.
class Ports {
public:
    virtual ~Ports() = default;
    virtual void run(Task<> task) = 0;
    virtual runtime::Loop& loop() = 0;
    virtual CallJournal& journal() = 0;
    virtual EventBus& bus() = 0;
    virtual EventBus& other_bus() = 0;
};

class MemoryPorts final : public Ports {
public:
    void run(Task<> task) override {
        runtime::TaskScope scope(loop_);
        scope.spawn(std::move(task));
        while (scope.size() != 0 && loop_.run_next()) {
        }
    }
    runtime::Loop& loop() override { return loop_; }
    CallJournal& journal() override { return journal_; }
    EventBus& bus() override { return bus_; }
    EventBus& other_bus() override { return other_bus_; }

private:
    runtime::VirtualLoop loop_;
    testing::MemoryCallJournal journal_{loop_};
    testing::MemoryEventHub hub_{loop_};
    testing::MemoryEventBus bus_{loop_, hub_};
    testing::MemoryEventBus other_bus_{loop_, hub_};
};

class RedisPorts final : public Ports {
public:
    explicit RedisPorts(const std::string& prefix)
        : journal_(connections_.client, {.key_prefix = prefix}),
          bus_(connections_.client, {.key_prefix = prefix}),
          other_bus_(connections_.other, {.key_prefix = prefix}) {}
    void run(Task<> task) override { connections_.run(std::move(task)); }
    runtime::Loop& loop() override { return connections_.loop; }
    CallJournal& journal() override { return journal_; }
    EventBus& bus() override { return bus_; }
    EventBus& other_bus() override { return other_bus_; }

private:
    RedisConnections connections_;
    adapters::RedisCallJournal journal_;
    adapters::RedisEventBus bus_;
    adapters::RedisEventBus other_bus_;
};

class JournalAndBusContract : public ::testing::TestWithParam<const char*> {
protected:
    JournalAndBusContract() {
        const std::string name = ::testing::UnitTest::GetInstance()->current_test_info()->name();
        if (std::string(GetParam()) == "redis") {
            ports_ = std::make_unique<RedisPorts>(name + ':');
        } else {
            ports_ = std::make_unique<MemoryPorts>();
        }
    }

    CallJournal& journal() { return ports_->journal(); }
    template <class Value>
    static Task<> keep(Task<Value> task, std::optional<Value>& target) {
        target = co_await std::move(task);
    }
    template <class Value>
    Value run(Task<Value> task) {
        std::optional<Value> value;
        ports_->run(keep(std::move(task), value));
        return std::move(*value);
    }

    std::unique_ptr<Ports> ports_;
};

TEST_P(JournalAndBusContract, TheNewestHolderWins) {
    const LeaseKey old{CallId("a"), 10};
    const LeaseKey newer{CallId("a"), 11};
    EXPECT_EQ(*run(journal().load(old)), std::nullopt);
    EXPECT_TRUE(run(journal().save(old, "one")));
    EXPECT_TRUE(run(journal().save(old, "two")));
    EXPECT_EQ(*run(journal().load(newer)), "two");
    // From the load on, before the newer one has written.
    EXPECT_EQ(run(journal().save(old, "three")).error(), JournalError::stale);
    EXPECT_EQ(run(journal().load(old)).error(), JournalError::stale);
    EXPECT_EQ(run(journal().begin_effect(old, "e")).error(), JournalError::stale);
    EXPECT_EQ(run(journal().finish_effect(old, "e", "r")).error(), JournalError::stale);
    EXPECT_EQ(run(journal().erase(old)).error(), JournalError::stale);
    EXPECT_EQ(*run(journal().load(newer)), "two");
    EXPECT_TRUE(run(journal().erase(newer)));
    EXPECT_TRUE(run(journal().erase(newer)));
    EXPECT_EQ(run(journal().save(old, "late")).error(), JournalError::stale);
    EXPECT_EQ(run(journal().save(newer, "late, too")).error(), JournalError::stale);
    EXPECT_EQ(*run(journal().load({CallId("a"), 12})), std::nullopt);
    EXPECT_TRUE(run(journal().save({CallId("a"), 12}, "carried on after all")));
}

TEST_P(JournalAndBusContract, AnEffectIsNewOnce) {
    const LeaseKey old{CallId("a"), 10};
    const LeaseKey newer{CallId("a"), 11};
    EXPECT_TRUE(run(journal().begin_effect(old, "paid"))->is_new);
    EXPECT_TRUE(run(journal().begin_effect(old, "paid"))->is_new) << "its answer was lost";
    EXPECT_TRUE(run(journal().finish_effect(old, "paid", "receipt")));
    EXPECT_TRUE(run(journal().begin_effect(old, "begun"))->is_new);
    const EffectState paid = *run(journal().begin_effect(newer, "paid"));
    EXPECT_FALSE(paid.is_new);
    EXPECT_EQ(paid.result, "receipt");
    const EffectState begun = *run(journal().begin_effect(newer, "begun"));
    EXPECT_FALSE(begun.is_new);
    EXPECT_EQ(begun.result, std::nullopt);
    EXPECT_TRUE(run(journal().begin_effect(newer, "other"))->is_new);
}

TEST_P(JournalAndBusContract, WhatIsTooLargeIsRefused) {
    const LeaseKey key{CallId("large"), 1};
    EXPECT_TRUE(run(journal().save(key, std::string(1'048'576, 'a'))));
    EXPECT_EQ(run(journal().save(key, std::string(1'048'577, 'b'))).error(), JournalError::corrupt);
    EXPECT_EQ(run(journal().load(key))->value_or("").size(), 1'048'576);
    EXPECT_EQ(run(journal().finish_effect(key, "e", std::string(65'537, 'c'))).error(),
              JournalError::corrupt);
    EXPECT_TRUE(run(journal().erase(key)));
}

struct Heard final : EventListener {
    void on_call_event(const CallEvent& event) override {
        types.push_back(event.type);
        last = event;
    }
    void on_gap() override {}
    std::vector<std::string> types;
    CallEvent last;
};

TEST_P(JournalAndBusContract, EventsReachTheirTenantAndThoseWhoHearAll) {
    Heard own;
    Heard all;
    Heard foreign;
    Heard gone;
    const auto scenario = [&]() -> Task<> {
        const auto one = ports_->bus().subscribe(TenantId("t"), own);
        const auto two = ports_->other_bus().subscribe(TenantId(), all);
        const auto three = ports_->other_bus().subscribe(TenantId("u"), foreign);
        auto four = ports_->bus().subscribe(TenantId("t"), gone);
        static_cast<void>(co_await runtime::sleep_for(ports_->loop(), milliseconds(200)));
        four.reset();
        for (const char* type : {"call.started", "call.transcript", "call.ended"}) {
            CallEvent event{TenantId("t"), CallId("c"), type, "2026-01-01T00:00:00.000Z",
                            JsonObject{{"text", "\"\n"}}};
            EXPECT_TRUE((co_await ports_->other_bus().publish(std::move(event))).has_value());
        }
        static_cast<void>(co_await runtime::sleep_for(ports_->loop(), milliseconds(200)));
    };
    ports_->run(scenario());
    EXPECT_THAT(own.types, ElementsAre("call.started", "call.transcript", "call.ended"));
    EXPECT_THAT(all.types, ElementsAre("call.started", "call.transcript", "call.ended"));
    EXPECT_THAT(foreign.types, ElementsAre());
    EXPECT_THAT(gone.types, ElementsAre());
    EXPECT_EQ(own.last.tenant_id, TenantId("t"));
    EXPECT_EQ(own.last.call_id, CallId("c"));
    EXPECT_EQ(own.last.timestamp, "2026-01-01T00:00:00.000Z");
    EXPECT_EQ(member_text(own.last.data, "text"), "\"\n");
}

INSTANTIATE_TEST_SUITE_P(Implementations, JournalAndBusContract,
                         ::testing::Values("memory", "redis"),
                         [](const auto& one) { return std::string(one.param); });

}  // namespace
}  // namespace studio::testing
