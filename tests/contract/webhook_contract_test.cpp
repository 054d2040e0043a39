#include "adapters/sql/sql_webhook_queue.hpp"
#include "adapters/sql/sql_webhook_store.hpp"
#include "contract/store_contract.hpp"

namespace studio {
namespace {

const TenantId one("one");
const TenantId two("two");

class WebhookContract : public StoreContract {
protected:
    WebhookContract()
        : webhooks_(*stores_->database(), stores_->loop),
          queue_(*stores_->database(), stores_->loop),
          other_(*stores_->database(), stores_->loop) {}

    static WebhookEndpoint endpoint(std::string id, const TenantId& tenant = one) {
        WebhookEndpoint made;
        made.id = std::move(id);
        made.tenant_id = tenant;
        made.url = "https://hooks.example/in";
        made.description = "grüß \"dich\"";
        made.events = {"*"};
        made.timeout = seconds(5);
        made.attempts_max = 7;
        made.sealed_secret = "sealed";
        made.created_at = made.updated_at = WallTime{milliseconds{1'700'000'000'123}};
        return made;
    }
    void add(std::string id, const TenantId& tenant = one,
             std::vector<std::string> events = {"*"}) {
        WebhookEndpoint made = endpoint(std::move(id), tenant);
        made.events = std::move(events);
        ASSERT_EQ(run(webhooks_.create(made, 100)), true);
    }
    /// A call from its beginning to its end, with two lines.
    void hold_call(const char* id, const TenantId& tenant = one) {
        core::CallRecord record = call(id);
        record.tenant_id = tenant;
        record.agent_history = {"waiter"};
        record.metadata = JsonObject{{"order", 7}};
        ASSERT_EQ(run(stores_->calls().create(record)), true);
        record.status = core::CallStatus::active;
        record.started_at = WallTime{milliseconds{1'000}};
        ASSERT_EQ(run(stores_->calls().save(record)), true);
        record.agent_history = {"waiter", "cook"};
        ASSERT_EQ(run(stores_->calls().save(record)), true);
        const std::vector<core::TranscriptEntry> said{line(0, "two please"), line(1, "done")};
        ASSERT_EQ(run(stores_->calls().append_transcript(lines(tenant, CallId(id), said))), true);
        record.status = core::CallStatus::completed;
        record.ended_at = WallTime{milliseconds{3'000}};
        ASSERT_EQ(run(stores_->calls().save(record)), true);
    }
    std::vector<WebhookAttempt> claim(const char* endpoint_id, std::uint32_t count = 100) {
        return *run(queue_.claim({{endpoint_id, count}}, seconds(10)));
    }
    WebhookOutcome outcome(const WebhookAttempt& attempt,
                           DeliveryStatus status = DeliveryStatus::delivered) {
        WebhookOutcome made;
        made.endpoint_id = attempt.endpoint.id;
        made.delivery_id = attempt.delivery_id;
        made.stream = attempt.stream;
        made.number = attempt.number;
        made.status = status;
        made.response_status = status == DeliveryStatus::delivered ? 200 : 500;
        made.error = status == DeliveryStatus::delivered ? "" : "http_500";
        made.at = stores_->loop.wall_now();
        return made;
    }
    std::string types(const std::vector<WebhookAttempt>& attempts) {
        std::string text;
        for (const WebhookAttempt& attempt : attempts) {
            text += attempt.event_type + ' ';
        }
        return text;
    }
    /// Everything that is due, in the order in which it may be sent.
    std::string deliver_all(const char* endpoint_id) {
        std::string text;
        for (auto attempts = claim(endpoint_id); !attempts.empty(); attempts = claim(endpoint_id)) {
            text += types(attempts);
            for (const WebhookAttempt& attempt : attempts) {
                EXPECT_EQ(run(queue_.finish(outcome(attempt))), true);
            }
        }
        return text;
    }
    Page<WebhookDelivery> log(const char* endpoint_id, DeliveryFilter filter = {}) {
        return *run(webhooks_.list_deliveries(one, endpoint_id, filter));
    }

    adapters::SqlWebhookStore webhooks_;
    adapters::SqlWebhookQueue queue_;
    /// Of another process.
    adapters::SqlWebhookQueue other_;
};

TEST_P(WebhookContract, EndpointsAreKeptChangedAndErasedByTheirTenantAlone) {
    ASSERT_EQ(run(webhooks_.create(endpoint("a"), 2)), true);
    ASSERT_EQ(run(webhooks_.create(endpoint("b"), 2)), true);
    EXPECT_EQ(run(webhooks_.create(endpoint("c"), 2)), tl::unexpected(StoreError::conflict));
    EXPECT_EQ(run(webhooks_.create(endpoint("c", two), 2)), true);
    auto loaded = *run(webhooks_.load(one, "a"));
    EXPECT_EQ(loaded.description, "grüß \"dich\"");
    EXPECT_EQ(loaded.events, std::vector<std::string>{"*"});
    EXPECT_EQ(loaded.timeout, seconds(5));
    EXPECT_EQ(loaded.attempts_max, 7);
    EXPECT_TRUE(loaded.is_active);
    EXPECT_EQ(run(webhooks_.load(two, "a")).error(), StoreError::not_found);
    const WallTime seen = loaded.updated_at;
    loaded.url = "https://other.example/";
    loaded.updated_at = seen + milliseconds(1);
    EXPECT_EQ(run(webhooks_.save(loaded, seen)), true);
    EXPECT_EQ(run(webhooks_.save(loaded, seen)), tl::unexpected(StoreError::stale));
    loaded.tenant_id = two;
    EXPECT_EQ(run(webhooks_.save(loaded, loaded.updated_at)),
              tl::unexpected(StoreError::not_found));
    EXPECT_EQ(run(webhooks_.list(one, {}))->total, 2U);
    EXPECT_EQ(run(webhooks_.list(one, {.limit = 1, .offset = 1}))->items.at(0).id, "b");
    EXPECT_EQ(run(webhooks_.erase(two, "a")), tl::unexpected(StoreError::not_found));
    EXPECT_EQ(run(webhooks_.erase(one, "a")), true);
    EXPECT_EQ(run(webhooks_.load(one, "a")).error(), StoreError::not_found);
}

TEST_P(WebhookContract, EachEventBecomesOneDeliveryForEachEndpointThatWantsIt) {
    add("all");
    add("end", one, {"call.ended"});
    add("strangers", two);
    hold_call("c-1");
    EXPECT_EQ(run(queue_.fan_out(100)), 4U);
    EXPECT_EQ(run(queue_.fan_out(100)), 0U) << "exactly once";
    EXPECT_EQ(log("all").total, 5U);
    EXPECT_EQ(log("end").total, 1U);
    EXPECT_EQ(run(webhooks_.list_deliveries(two, "strangers", {}))->total, 0U);
    EXPECT_EQ(run(webhooks_.list_deliveries(two, "all", {})).error(), StoreError::not_found);
    auto due = *run(queue_.due_endpoints(10));
    std::sort(due.begin(), due.end());
    EXPECT_EQ(due, (std::vector<std::string>{"all", "end"}));

    const auto end = claim("end");
    ASSERT_EQ(end.size(), 1U);
    const Json body = *parse_json(end[0].payload);
    EXPECT_EQ(body.at("id"), Json("evt_c1_9"));
    EXPECT_EQ(body.at("type"), Json("call.ended"));
    EXPECT_EQ(body.at("tenant_id"), Json("one"));
    const Json& data = body.at("data");
    EXPECT_EQ(data.at("call_id"), Json("c-1"));
    EXPECT_EQ(data.at("duration_seconds"), Json(2)) << "serialized as a whole number";
    EXPECT_EQ(data.at("status"), Json("completed"));
    EXPECT_EQ(data.at("previous_agent"), Json("waiter"));
    EXPECT_EQ(data.at("transcript").as_array().size(), 2U);
    EXPECT_EQ(data.at("metadata").at("order"), Json(7));
    EXPECT_EQ(deliver_all("all"),
              "call.started call.connected call.agent.changed call.completed call.ended ");
    // What the bus is told does not depend on it.
    EXPECT_EQ(run(stores_->outbox().backlog())->waiting, 4U);
}

TEST_P(WebhookContract, OfACallOnlyTheFirstThatIsPendingIsSent) {
    add("a");
    hold_call("x");
    hold_call("y");
    ASSERT_EQ(run(queue_.fan_out(100)), 8U);
    const auto first = claim("a");
    EXPECT_EQ(types(first), "call.started call.started ");
    EXPECT_TRUE(claim("a").empty()) << "they are under way";
    ASSERT_EQ(run(queue_.finish(outcome(first[0]))), true);
    WebhookOutcome failed = outcome(first[1], DeliveryStatus::pending);
    failed.due_at = stores_->loop.wall_now() + seconds(30);
    ASSERT_EQ(run(queue_.finish(failed)), true);
    const auto second = claim("a");
    ASSERT_EQ(types(second), "call.connected ");
    EXPECT_EQ(second[0].stream, first[0].stream);
    ASSERT_EQ(run(queue_.finish(outcome(second[0]))), true);
    EXPECT_EQ(deliver_all("a"), "call.agent.changed call.completed call.ended ");
    EXPECT_TRUE(run(queue_.due_endpoints(10))->empty());
    stores_->loop.run_for(seconds(31));
    EXPECT_EQ(deliver_all("a"),
              "call.started call.connected call.agent.changed call.completed call.ended ");
}

TEST_P(WebhookContract, WhatADeadProcessTookComesToAnotherAndItsLateWordIsNotHeard) {
    add("a");
    ASSERT_EQ(run(stores_->calls().create(call("c"))), true);
    ASSERT_EQ(run(queue_.fan_out(100)), 1U);
    const auto taken = claim("a");
    ASSERT_EQ(taken.size(), 1U);
    EXPECT_TRUE(run(other_.claim({{"a", 1}}, seconds(10)))->empty());
    stores_->loop.run_for(seconds(16));
    const auto again = *run(other_.claim({{"a", 1}}, seconds(10)));
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].event_id, taken[0].event_id);
    EXPECT_EQ(again[0].payload, taken[0].payload);
    EXPECT_EQ(again[0].number, 2);
    EXPECT_EQ(run(queue_.finish(outcome(taken[0], DeliveryStatus::failed))), false);
    EXPECT_EQ(run(other_.finish(outcome(again[0]))), true);
    EXPECT_EQ(log("a").items.at(0).status, DeliveryStatus::delivered);
    EXPECT_EQ(log("a").items.at(0).attempts, 2);
}

TEST_P(WebhookContract, AnEndpointThatIsSwitchedOffGetsNothingMore) {
    add("a");
    hold_call("c");
    ASSERT_EQ(run(queue_.fan_out(100)), 4U);
    const auto first = claim("a");
    WebhookOutcome gone = outcome(first.at(0), DeliveryStatus::failed);
    gone.disables_endpoint = "gone";
    ASSERT_EQ(run(queue_.finish(gone)), true);
    const auto disabled = *run(webhooks_.load(one, "a"));
    EXPECT_FALSE(disabled.is_active);
    EXPECT_EQ(disabled.disabled_reason, "gone");
    EXPECT_TRUE(run(queue_.due_endpoints(10))->empty());
    DeliveryFilter failed;
    failed.status = DeliveryStatus::failed;
    EXPECT_EQ(log("a", failed).total, 5U);
    EXPECT_EQ(log("a", failed).items.at(0).error, "endpoint_inactive");
    EXPECT_EQ(log("a", failed).items.at(4).error, "http_500");
    hold_call("d");
    ASSERT_EQ(run(queue_.fan_out(100)), 4U);
    EXPECT_EQ(log("a").total, 5U);
    // By its owner, too.
    add("b");
    hold_call("e");
    ASSERT_EQ(run(queue_.fan_out(100)), 4U);
    WebhookEndpoint off = *run(webhooks_.load(one, "b"));
    off.is_active = false;
    ASSERT_EQ(run(webhooks_.save(off, off.updated_at)), true);
    EXPECT_EQ(log("b", failed).total, 5U);
}

TEST_P(WebhookContract, ADeliveryIsSentAnewOnRequest) {
    add("a");
    ASSERT_EQ(run(stores_->calls().create(call("c"))), true);
    ASSERT_EQ(run(queue_.fan_out(100)), 1U);
    const DeliveryName name{one, "a", log("a").items.at(0).id};
    const WallTime now = stores_->loop.wall_now();
    EXPECT_EQ(run(webhooks_.redeliver(name, now)).error(), StoreError::conflict);
    EXPECT_EQ(deliver_all("a"), "call.started ");
    EXPECT_EQ(run(webhooks_.redeliver({two, "a", name.delivery_id}, now)).error(),
              StoreError::not_found);
    const auto again = run(webhooks_.redeliver(name, now));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->status, DeliveryStatus::pending);
    EXPECT_EQ(again->attempts, 0);
    EXPECT_EQ(deliver_all("a"), "call.started ");
}

TEST_P(WebhookContract, ATestIsAnEventWithoutACall) {
    add("a");
    TestEvent test;
    test.tenant_id = one;
    test.delivery.id = "whd_t";
    test.delivery.endpoint_id = "a";
    test.delivery.event_id = test.delivery.stream = "evt_t";
    test.delivery.event_type = "webhook.test";
    test.payload = "{}";
    test.delivery.created_at = test.delivery.due_at = stores_->loop.wall_now();
    ASSERT_EQ(run(webhooks_.add_test(test)), true);
    EXPECT_EQ(run(queue_.backlog())->waiting, 1U);
    EXPECT_EQ(deliver_all("a"), "webhook.test ");
    EXPECT_EQ(run(queue_.backlog())->waiting, 0U);
}

TEST_P(WebhookContract, OldEventsAreErasedButForThoseThatArePending) {
    add("a");
    hold_call("c");
    ASSERT_EQ(run(queue_.fan_out(100)), 4U);
    const auto first = claim("a", 1);
    ASSERT_EQ(run(queue_.finish(outcome(first.at(0)))), true);
    const WallTime later = stores_->loop.wall_now() + seconds(1);
    EXPECT_EQ(run(queue_.erase_events(later, 100)), 1U);
    EXPECT_EQ(log("a").total, 4U);
    deliver_all("a");
    EXPECT_EQ(run(queue_.erase_events(WallTime{}, 100)), 0U);
    EXPECT_EQ(run(queue_.erase_events(later, 3)), 3U);
    EXPECT_EQ(run(queue_.erase_events(later, 3)), 1U);
    EXPECT_EQ(log("a").total, 0U);
    EXPECT_EQ(run(queue_.erase_stored(WallTime{})), 0U);
    EXPECT_EQ(run(queue_.erase_stored(later)), 4U);
}

TEST_P(WebhookContract, EventsThatWereMadeTogetherKeepTheirOrderBeyondTheNinth) {
    add("a");
    core::CallRecord record = call("c");
    record.status = core::CallStatus::active;
    record.agent_history = {"0"};
    ASSERT_EQ(run(stores_->calls().create(record)), true);
    for (int index = 1; index <= 12; ++index) {
        record.agent_history.push_back(std::to_string(index));
        ASSERT_EQ(run(stores_->calls().save(record)), true);
    }
    // A look of one event takes those of its call along.
    EXPECT_EQ(run(queue_.fan_out(1)), 14U);
    std::string history;
    for (auto attempts = claim("a"); !attempts.empty(); attempts = claim("a")) {
        ASSERT_EQ(attempts.size(), 1U);
        const Json body = *parse_json(attempts[0].payload);
        history += std::to_string(body.at("data").at("agent_history").as_array().size()) + ' ';
        ASSERT_EQ(run(queue_.finish(outcome(attempts[0]))), true);
    }
    EXPECT_EQ(history, "1 1 2 3 4 5 6 7 8 9 10 11 12 13 ");
}

INSTANTIATE_TEST_SUITE_P(Stores, WebhookContract, database_implementations(),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace studio
