#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/redis/redis_call_journal.hpp"
#include "adapters/redis/redis_event_bus.hpp"
#include "contract/queue_world.hpp"
#include "support/queue/memory_call_journal.hpp"

namespace studio::testing {
namespace {

using ::testing::ElementsAre;

/// The journal of one implementation, and the loop that runs it.
class Ports {
public:
    virtual ~Ports() = default;
    virtual void run(Task<> task) = 0;
    virtual CallJournal& journal() = 0;
};

class MemoryPorts final : public Ports {
public:
    void run(Task<> task) override {
        runtime::TaskScope scope(loop_);
        scope.spawn(std::move(task));
        while (scope.size() != 0 && loop_.run_next()) {
        }
    }
    CallJournal& journal() override { return journal_; }

private:
    runtime::VirtualLoop loop_;
    testing::MemoryCallJournal journal_{loop_};
};

class RedisPorts final : public Ports {
public:
    explicit RedisPorts(const std::string& prefix)
        : journal_(connections_.client, {.key_prefix = prefix}) {}
    void run(Task<> task) override { connections_.run(std::move(task)); }
    CallJournal& journal() override { return journal_; }

private:
    RedisConnections connections_;
    adapters::RedisCallJournal journal_;
};

class CallJournalContract : public ::testing::TestWithParam<const char*> {
protected:
    CallJournalContract() {
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

TEST_P(CallJournalContract, TheNewestHolderWins) {
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

TEST_P(CallJournalContract, AnEffectIsNewOnce) {
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

TEST_P(CallJournalContract, WhatIsTooLargeIsRefused) {
    const LeaseKey key{CallId("large"), 1};
    EXPECT_TRUE(run(journal().save(key, std::string(1'048'576, 'a'))));
    EXPECT_EQ(run(journal().save(key, std::string(1'048'577, 'b'))).error(), JournalError::corrupt);
    EXPECT_EQ(run(journal().load(key))->value_or("").size(), 1'048'576);
    EXPECT_EQ(run(journal().finish_effect(key, "e", std::string(65'537, 'c'))).error(),
              JournalError::corrupt);
    EXPECT_TRUE(run(journal().erase(key)));
}

struct Heard final : adapters::RedisChannelListener {
    void on_channel_message(std::string_view payload) override { texts.emplace_back(payload); }
    void on_channel_up() override {}
    std::vector<std::string> texts;
};

TEST(RedisEventBus, EventsReachTheirTenantsChannelInTheirOrder) {
    RedisConnections connections;
    adapters::RedisEventBus bus(connections.client, {.key_prefix = "bus:"});
    Heard own;
    Heard foreign;
    const auto scenario = [&]() -> Task<> {
        const auto one = connections.other.listen("bus:call-events:t", own);
        const auto two = connections.other.listen("bus:call-events:u", foreign);
        static_cast<void>(co_await runtime::sleep_for(connections.loop, milliseconds(200)));
        for (const char* type : {"call.started", "call.ended"}) {
            CallEvent event{TenantId("t"), CallId("c"), type, "2026-01-01T00:00:00.000Z",
                            JsonObject{{"text", "\"\n"}}};
            EXPECT_TRUE((co_await bus.publish(std::move(event))).has_value());
        }
        static_cast<void>(co_await runtime::sleep_for(connections.loop, milliseconds(200)));
    };
    connections.run(scenario());
    EXPECT_THAT(foreign.texts, ElementsAre());
    ASSERT_EQ(own.texts.size(), 2U);
    EXPECT_EQ(*parse_json(own.texts[0]),
              *parse_json(R"({"tenant_id":"t","call_id":"c","type":"call.started",)"
                          R"("timestamp":"2026-01-01T00:00:00.000Z","data":{"text":"\"\n"}})"));
    EXPECT_EQ(member_text(*parse_json(own.texts[1]), "type"), "call.ended");
}

INSTANTIATE_TEST_SUITE_P(Implementations, CallJournalContract, ::testing::Values("memory", "redis"),
                         [](const auto& one) { return std::string(one.param); });

}  // namespace
}  // namespace studio::testing
