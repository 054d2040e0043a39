#include "services/webhooks/webhooks.hpp"

#include <algorithm>
#include <utility>

#include "base/json_merge.hpp"
#include "core/webhook/webhook_event.hpp"
#include "core/webhook/webhook_payload.hpp"

namespace studio::services {

namespace {

constexpr const char* noun = "webhook";
/// 190 bits.
constexpr std::size_t secret_letters = 32;
constexpr std::size_t id_letters = 24;
/// How often a change is made anew of a row that was changed meanwhile.
constexpr int write_tries = 8;

ServiceError from(StoreError error) {
    return from_store(error, noun);
}

ServiceError switched_off() {
    return {ServiceErrorCode::conflict, "the webhook is not active", {}};
}

/// Rows are told apart by this: it moves at every change, also within a millisecond.
WallTime after(WallTime before, WallTime now) {
    return std::max(now, before + milliseconds(1));
}

}  // namespace

Secret<std::string> Webhooks::make_secret() const {
    return Secret<std::string>("whsec_" + parts_.entropy.text(secret_letters));
}

ServiceTask<MadeWebhook> Webhooks::create(TenantId tenant, Json body) {
    MadeWebhook made;
    auto errors = read_webhook(body, parts_.address_rule, made.endpoint);
    if (!errors.empty()) {
        co_return fail(invalid(std::move(errors)));
    }
    made.secret = make_secret();
    made.endpoint.id = "we_" + parts_.entropy.text(id_letters);
    made.endpoint.tenant_id = std::move(tenant);
    made.endpoint.sealed_secret = parts_.box.seal(made.secret);
    made.endpoint.created_at = made.endpoint.updated_at = parts_.loop.wall_now();
    const auto created = co_await parts_.store.create(made.endpoint, options_.endpoints_max);
    if (!created && created.error() == StoreError::conflict) {
        co_return fail(ServiceError{ServiceErrorCode::conflict,
                                    "there are " + std::to_string(options_.endpoints_max) +
                                        " webhooks already; erase one that is not needed",
                                    {}});
    }
    if (!created) {
        co_return fail(from(created.error()));
    }
    co_return made;
}

ServiceTask<WebhookEndpoint> Webhooks::load(TenantId tenant, std::string id) {
    auto endpoint = co_await parts_.store.load(std::move(tenant), std::move(id));
    if (!endpoint) {
        co_return fail(from(endpoint.error()));
    }
    co_return std::move(*endpoint);
}

ServiceTask<Page<WebhookEndpoint>> Webhooks::list(TenantId tenant, PageRequest page) {
    auto found = co_await parts_.store.list(std::move(tenant), page);
    if (!found) {
        co_return fail(from(found.error()));
    }
    co_return std::move(*found);
}

ServiceTask<WebhookEndpoint> Webhooks::patch(TenantId tenant, std::string id, Json body) {
    for (int attempt = 0; attempt < write_tries; ++attempt) {
        auto endpoint = co_await parts_.store.load(tenant, id);
        if (!endpoint) {
            co_return fail(from(endpoint.error()));
        }
        const Json wanted = merge_patch(webhook_fields(*endpoint), body);
        const WallTime seen = endpoint->updated_at;
        auto errors = read_webhook(wanted, parts_.address_rule, *endpoint);
        if (!errors.empty()) {
            co_return fail(invalid(std::move(errors)));
        }
        if (endpoint->is_active) {
            endpoint->disabled_reason.clear();
        }
        endpoint->updated_at = after(seen, parts_.loop.wall_now());
        const auto saved = co_await parts_.store.save(*endpoint, seen);
        if (saved) {
            co_return std::move(*endpoint);
        }
        if (saved.error() != StoreError::stale) {
            co_return fail(from(saved.error()));
        }
    }
    co_return fail(from(StoreError::unavailable));
}

ServiceTask<bool> Webhooks::erase(TenantId tenant, std::string id) {
    const auto erased = co_await parts_.store.erase(std::move(tenant), std::move(id));
    if (!erased) {
        co_return fail(from(erased.error()));
    }
    co_return true;
}

ServiceTask<MadeWebhook> Webhooks::rotate_secret(TenantId tenant, std::string id) {
    for (int attempt = 0; attempt < write_tries; ++attempt) {
        auto endpoint = co_await parts_.store.load(tenant, id);
        if (!endpoint) {
            co_return fail(from(endpoint.error()));
        }
        MadeWebhook made{std::move(*endpoint), make_secret()};
        const WallTime now = parts_.loop.wall_now();
        const WallTime seen = made.endpoint.updated_at;
        made.endpoint.sealed_secret_before = std::move(made.endpoint.sealed_secret);
        made.endpoint.secret_before_until = now + options_.secret_overlap;
        made.endpoint.sealed_secret = parts_.box.seal(made.secret);
        made.endpoint.updated_at = after(seen, now);
        const auto saved = co_await parts_.store.save(made.endpoint, seen);
        if (saved) {
            co_return made;
        }
        if (saved.error() != StoreError::stale) {
            co_return fail(from(saved.error()));
        }
    }
    co_return fail(from(StoreError::unavailable));
}

ServiceTask<Page<WebhookDelivery>> Webhooks::list_deliveries(TenantId tenant,
                                                             std::string endpoint_id,
                                                             DeliveryFilter filter) {
    auto found =
        co_await parts_.store.list_deliveries(std::move(tenant), std::move(endpoint_id), filter);
    if (!found) {
        co_return fail(from(found.error()));
    }
    co_return std::move(*found);
}

ServiceTask<WebhookEndpoint> Webhooks::load_active(TenantId tenant, std::string id) {
    auto endpoint = co_await load(std::move(tenant), std::move(id));
    if (endpoint && !endpoint->is_active) {
        co_return fail(switched_off());
    }
    co_return endpoint;
}

ServiceTask<WebhookDelivery> Webhooks::redeliver(DeliveryName name) {
    const auto endpoint = co_await load_active(name.tenant_id, name.endpoint_id);
    if (!endpoint) {
        co_return fail(endpoint.error());
    }
    auto delivery = co_await parts_.store.redeliver(std::move(name), parts_.loop.wall_now());
    if (!delivery && delivery.error() == StoreError::conflict) {
        co_return fail(ServiceError{
            ServiceErrorCode::conflict, "the delivery is pending: it is sent anyhow", {}});
    }
    if (!delivery) {
        co_return fail(from_store(delivery.error(), "delivery"));
    }
    co_return std::move(*delivery);
}

ServiceTask<WebhookDelivery> Webhooks::send_test(TenantId tenant, std::string id) {
    const auto endpoint = co_await load_active(tenant, std::move(id));
    if (!endpoint) {
        co_return fail(endpoint.error());
    }
    TestEvent test;
    test.tenant_id = tenant;
    const WallTime now = parts_.loop.wall_now();
    WebhookDelivery& delivery = test.delivery;
    const std::string name = parts_.entropy.text(id_letters);
    delivery.id = "whd_" + name;
    delivery.endpoint_id = endpoint->id;
    delivery.event_id = "evt_" + name;
    delivery.event_type = core::webhook_test_event;
    delivery.stream = delivery.event_id;
    delivery.created_at = delivery.due_at = now;
    core::WebhookEnvelope envelope;
    envelope.id = delivery.event_id;
    envelope.type = core::webhook_test_event;
    envelope.tenant_id = std::move(tenant);
    envelope.created = now;
    envelope.livemode = false;
    envelope.data = JsonObject{{"message", "This is a test; no call caused it."}};
    test.payload = core::webhook_body(std::move(envelope));
    const auto added = co_await parts_.store.add_test(test);
    if (!added) {
        co_return fail(from(added.error()));
    }
    co_return std::move(test.delivery);
}

}  // namespace studio::services
