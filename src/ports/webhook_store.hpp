#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/interface.hpp"
#include "base/result.hpp"
#include "base/strong_id.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "ports/store_error.hpp"

namespace studio {

/// Where a tenant wants its events sent.
struct WebhookEndpoint {
    std::string id;
    TenantId tenant_id;
    std::string url;
    std::string description;
    /// Names of events, or `*`.
    std::vector<std::string> events;
    bool is_active = true;
    /// Why we switched it off, as one word; empty where its owner did, or nobody.
    std::string disabled_reason;
    /// Of one attempt, to the end of the answer. 5 to 60 s.
    milliseconds timeout{30'000};
    int attempts_max = 1;
    /// As SecretBox keeps it: what deliveries are signed with.
    std::string sealed_secret;
    /// The one before, which signs beside it up to `secret_before_until`; empty for none.
    std::string sealed_secret_before;
    WallTime secret_before_until{};
    WallTime created_at{};
    WallTime updated_at{};
};

enum class DeliveryStatus : std::uint8_t {
    /// It is sent again, or waits for an earlier one of its call.
    pending,
    delivered,
    /// No further attempt is made.
    failed,
};

/// One event on its way to one endpoint.
struct WebhookDelivery {
    std::string id;
    std::string endpoint_id;
    std::string event_id;
    std::string event_type;
    /// What keeps its order: a call, or for a test event itself.
    std::string stream;
    /// Place in the stream.
    std::uint64_t sequence = 0;
    DeliveryStatus status = DeliveryStatus::pending;
    int attempts = 0;
    /// Of the last attempt; 0 where no answer came.
    int response_status = 0;
    /// Its first 500 characters.
    std::string response_body;
    /// Why it did not work, as one word; empty where it did.
    std::string error;
    milliseconds duration{0};
    WallTime created_at{};
    /// When the next attempt is made at the earliest; of pending ones.
    WallTime due_at{};
    std::optional<WallTime> attempted_at;
    std::optional<WallTime> ended_at;
};

struct DeliveryFilter {
    std::optional<DeliveryStatus> status;
    PageRequest page;
};

/// A delivery of an endpoint; both of one tenant.
struct DeliveryName {
    TenantId tenant_id;
    std::string endpoint_id;
    std::string delivery_id;
};

/// An event that no call caused, with the delivery that takes it to one endpoint.
struct TestEvent {
    TenantId tenant_id;
    WebhookDelivery delivery;
    std::string payload;
};

/// Endpoints and what was sent to them. Every operation is scoped to a tenant: another tenant's row
/// is not_found. Any loop may call; the task resumes on the loop that awaits it.
class WebhookStore : public Interface {
public:
    template <class Value>
    using Outcome = Task<Result<Value, StoreError>>;

    /// conflict where the tenant has `endpoints_max` already.
    [[nodiscard]] virtual Outcome<bool> create(WebhookEndpoint endpoint,
                                               std::uint32_t endpoints_max) = 0;
    [[nodiscard]] virtual Outcome<WebhookEndpoint> load(TenantId tenant, std::string id) = 0;
    /// The oldest first.
    [[nodiscard]] virtual Outcome<Page<WebhookEndpoint>> list(TenantId tenant,
                                                              PageRequest page) = 0;
    /// Overwrites the row; stale where it was changed since `seen`, its `updated_at` when it was
    /// read. What waits for an endpoint that is switched off has failed (`endpoint_inactive`).
    [[nodiscard]] virtual Outcome<bool> save(WebhookEndpoint endpoint, WallTime seen) = 0;
    /// With all that was sent to it and waits.
    [[nodiscard]] virtual Outcome<bool> erase(TenantId tenant, std::string id) = 0;
    /// The newest first; not_found where there is no such endpoint.
    [[nodiscard]] virtual Outcome<Page<WebhookDelivery>> list_deliveries(TenantId tenant,
                                                                         std::string endpoint_id,
                                                                         DeliveryFilter filter) = 0;
    /// Sends it anew, from the first attempt on. conflict where it is pending.
    [[nodiscard]] virtual Outcome<WebhookDelivery> redeliver(DeliveryName name, WallTime now) = 0;
    [[nodiscard]] virtual Outcome<bool> add_test(TestEvent test) = 0;
};

}  // namespace studio
