#pragma once

#include <optional>
#include <string>
#include <utility>

#include "base/entropy.hpp"
#include "base/json.hpp"
#include "ports/secret_box.hpp"
#include "ports/webhook_store.hpp"
#include "runtime/loop.hpp"
#include "services/errors/service_error.hpp"
#include "services/webhooks/webhook_body.hpp"

namespace studio::services {

struct WebhooksOptions {
    /// Endpoints of one tenant.
    std::uint32_t endpoints_max = 100;
    /// How long the secret before signs beside the one that took its place.
    std::chrono::hours secret_overlap{24};
};

/// An endpoint whose secret was made just now.
struct MadeWebhook {
    WebhookEndpoint endpoint;
    /// Shown once.
    Secret<std::string> secret;
};

/// What tenants say about their endpoints. Bodies are the API's JSON; every wrong or unknown field
/// is reported. Lives on one loop; what it is built from outlives it and its tasks.
class Webhooks {
public:
    struct Parts {
        WebhookStore& store;
        const SecretBox& box;
        WebhookAddressRule address_rule;
        Entropy& entropy;
        runtime::Loop& loop;
    };

    Webhooks(WebhooksOptions options, Parts parts) : options_(options), parts_(std::move(parts)) {}

    /// As read_webhook(). conflict where the tenant has as many as it may.
    [[nodiscard]] ServiceTask<MadeWebhook> create(TenantId tenant, Json body);
    [[nodiscard]] ServiceTask<WebhookEndpoint> load(TenantId tenant, std::string id);
    [[nodiscard]] ServiceTask<Page<WebhookEndpoint>> list(TenantId tenant, PageRequest page);
    /// A JSON Merge Patch of the same object: null gives a member its default.
    [[nodiscard]] ServiceTask<WebhookEndpoint> patch(TenantId tenant, std::string id, Json body);
    [[nodiscard]] ServiceTask<bool> erase(TenantId tenant, std::string id);
    /// Gives it another secret; the one before signs, too, for a while.
    [[nodiscard]] ServiceTask<MadeWebhook> rotate_secret(TenantId tenant, std::string id);

    [[nodiscard]] ServiceTask<Page<WebhookDelivery>> list_deliveries(TenantId tenant,
                                                                     std::string endpoint_id,
                                                                     DeliveryFilter filter);
    /// conflict where it is on its way, or the endpoint is switched off.
    [[nodiscard]] ServiceTask<WebhookDelivery> redeliver(DeliveryName name);
    /// Sends a `webhook.test` as any event is sent. conflict where the endpoint is switched off.
    [[nodiscard]] ServiceTask<WebhookDelivery> send_test(TenantId tenant, std::string id);

private:
    [[nodiscard]] Secret<std::string> make_secret() const;
    [[nodiscard]] ServiceTask<WebhookEndpoint> load_active(TenantId tenant, std::string id);

    WebhooksOptions options_;
    Parts parts_;
};

}  // namespace studio::services
