#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/interface.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "ports/outbox_store.hpp"
#include "ports/store_error.hpp"
#include "ports/webhook_store.hpp"

namespace studio {

/// How many deliveries of an endpoint are wanted.
struct WebhookClaim {
    std::string endpoint_id;
    std::uint32_t count = 1;
};

/// One attempt that is to be made now.
struct WebhookAttempt {
    WebhookEndpoint endpoint;
    std::string delivery_id;
    std::string event_id;
    std::string event_type;
    std::string stream;
    /// This one, from 1. Names the attempt: what an earlier one says later changes nothing.
    int number = 1;
    std::string payload;
};

/// What became of an attempt.
struct WebhookOutcome {
    std::string endpoint_id;
    std::string delivery_id;
    std::string stream;
    int number = 1;
    /// `pending` has a next attempt at `due_at`.
    DeliveryStatus status = DeliveryStatus::delivered;
    WallTime due_at{};
    int response_status = 0;
    std::string response_body;
    std::string error;
    milliseconds duration{0};
    /// The endpoint is switched off, with this word for why; empty leaves it on.
    std::string disables_endpoint;
    WallTime at{};
};

/// The deliveries of all tenants on their way out. Any number of processes share them: whoever
/// takes one and dies leaves it to the next. Any loop may call; the task resumes on the loop that
/// awaits it.
class WebhookQueue : public Interface {
public:
    template <class Value>
    using Outcome = Task<Result<Value, StoreError>>;

    /// Gives stored events to the endpoints of their tenants that want them, in one transaction:
    /// each event becomes exactly one delivery for each. Of about `limit` events, the oldest first,
    /// those of a call together and in their order. How many events; 0 also where another process
    /// does it just now.
    [[nodiscard]] virtual Outcome<std::uint32_t> fan_out(std::uint32_t limit) = 0;
    /// Endpoints for which something is due, at most `limit`.
    [[nodiscard]] virtual Outcome<std::vector<std::string>> due_endpoints(std::uint32_t limit) = 0;
    /// Takes what is due, of each stream of an endpoint at most its first that is pending. Nobody
    /// else gets it until the endpoint's time-out and `margin` are over.
    [[nodiscard]] virtual Outcome<std::vector<WebhookAttempt>> claim(
        std::vector<WebhookClaim> claims, milliseconds margin) = 0;
    /// False where another took the delivery meanwhile, or it is gone.
    [[nodiscard]] virtual Outcome<bool> finish(WebhookOutcome outcome) = 0;
    /// What is due or under way, and how long the oldest has waited to be due.
    [[nodiscard]] virtual Outcome<OutboxBacklog> backlog() = 0;
    /// Erases events made before, with their deliveries, of which none is pending. At most `limit`;
    /// how many.
    [[nodiscard]] virtual Outcome<std::uint64_t> erase_events(WallTime before,
                                                              std::uint32_t limit) = 0;
    /// Erases stored events that were given to webhooks before: for where nobody else is told of
    /// them. How many.
    [[nodiscard]] virtual Outcome<std::uint64_t> erase_stored(WallTime before) = 0;
};

}  // namespace studio
