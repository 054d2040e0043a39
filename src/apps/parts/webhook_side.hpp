#pragma once

#include <memory>
#include <vector>

#include "adapters/http/api/webhooks/webhook_api.hpp"
#include "adapters/openssl/fernet_box.hpp"
#include "adapters/openssl/openssl_keyed_digest.hpp"
#include "adapters/sql/sql_webhook_queue.hpp"
#include "adapters/sql/sql_webhook_store.hpp"
#include "apps/config/encryption_options.hpp"
#include "apps/config/option_groups.hpp"
#include "services/operations/metric_sampler.hpp"
#include "services/webhooks/webhook_sender.hpp"
#include "services/webhooks/webhooks.hpp"

namespace studio::apps {

/// The webhooks of a process: their routes and their sending. On the loop of the use cases.
class WebhookSide {
public:
    /// All outlives it.
    struct Parts {
        runtime::Loop& loop;
        Entropy& entropy;
        adapters::SqlDatabase& database;
        /// Held to what tools may reach.
        HttpClient& http;
    };

    /// `options` as WebhookSender takes them.
    WebhookSide(const ProviderOptions& providers, const EncryptionOptions& encryption,
                services::WebhookSenderOptions options, const Parts& parts);

    /// Once; `calls` outlives the routes.
    [[nodiscard]] std::vector<adapters::Route> routes(services::CallService& calls);
    /// Begins to send. Once.
    void start();
    /// Once, at the end.
    [[nodiscard]] Task<void> close();

private:
    runtime::Loop& loop_;
    adapters::FernetBox box_;
    adapters::OpensslKeyedDigest digest_;
    adapters::SqlWebhookStore store_;
    adapters::SqlWebhookQueue queue_;
    services::Webhooks webhooks_;
    services::WebhookSender sender_;
    services::MetricSampler sampler_;
    std::unique_ptr<adapters::WebhookApi> api_;
};

}  // namespace studio::apps
