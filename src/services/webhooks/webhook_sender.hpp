#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/entropy.hpp"
#include "ports/http_client.hpp"
#include "ports/keyed_digest.hpp"
#include "ports/secret_box.hpp"
#include "ports/webhook_queue.hpp"
#include "runtime/task_scope.hpp"
#include "runtime/wake_list.hpp"
#include "services/webhooks/delivery_slots.hpp"
#include "services/webhooks/webhook_request.hpp"

namespace studio::services {

struct WebhookSenderOptions {
    /// Between looks where nothing was found; drawn from three to five quarters of it.
    milliseconds interval{250};
    /// Stored events of one look.
    std::uint32_t fan_out_max = 200;
    /// Endpoints of one look.
    std::uint32_t endpoints_max = 1'000;
    /// How long after its time-out an attempt of another process is taken for lost.
    milliseconds claim_margin{10'000};
    DeliverySlotsOptions slots;
    /// Events and their deliveries are forgotten after this, looked for once an hour.
    std::chrono::hours kept{7 * 24};
    std::uint32_t erased_at_once = 1'000;
    /// Where nobody else is told of stored events they are forgotten after this; zero keeps them.
    std::chrono::hours stored_kept{0};
};

/// Sends what calls cause to the servers of their tenants: at least once each, in order within a
/// call and endpoint. Every process with an API has one; they share the work by the store alone, so
/// that each attempt is made by one of them, and one that dies leaves the rest to the others. One
/// loop; what it is built from outlives it.
///
///   stored event --fan out--> delivery --claim--> attempt --2xx--> delivered
///                                ^                   |---- else, attempts left --+
///                                +---- pause --------|---------------------------+
///                                                    +---- none left, 410 --> failed
///
/// Metrics: studio_webhook_deliveries_total, studio_webhook_attempt_seconds,
/// studio_webhook_waiting, studio_webhook_oldest_age_seconds.
class WebhookSender {
public:
    struct Parts {
        WebhookQueue& queue;
        HttpClient& http;
        const KeyedDigest& digest;
        const SecretBox& box;
        Entropy& entropy;
        runtime::Loop& loop;
    };

    WebhookSender(WebhookSenderOptions options, Parts parts);

    /// Once.
    void start();
    /// Breaks off what is under way, to be sent again by whoever comes, and waits. Once, at the
    /// end.
    [[nodiscard]] Task<void> close();
    /// Sets the gauges; for MetricSampler.
    [[nodiscard]] Task<void> sample();

    [[nodiscard]] std::size_t under_way() const { return slots_.under_way(); }

private:
    using Answer = Result<HttpResponse, HttpClientError>;

    [[nodiscard]] Task<void> fan_out_again_and_again();
    [[nodiscard]] Task<void> send_again_and_again();
    [[nodiscard]] Task<void> forget_again_and_again();
    [[nodiscard]] Task<bool> send_what_is_due();
    [[nodiscard]] Task<void> attempt(WebhookAttempt attempt);
    [[nodiscard]] Task<std::optional<Answer>> exchange(const WebhookAttempt& attempt);
    [[nodiscard]] std::vector<Secret<std::string>> secrets_of(
        const WebhookEndpoint& endpoint) const;
    [[nodiscard]] WebhookOutcome outcome_of(const WebhookAttempt& attempt,
                                            const std::optional<Answer>& answer) const;
    [[nodiscard]] milliseconds pause() const;
    /// Something may be due now.
    void look_again();

    WebhookSenderOptions options_;
    Parts parts_;
    DeliverySlots slots_;
    runtime::WakeList wake_;
    bool has_news_ = false;
    runtime::TaskScope scope_;
};

}  // namespace studio::services
