#pragma once

#include "base/entropy.hpp"
#include "ports/event_bus.hpp"
#include "ports/idempotency_store.hpp"
#include "ports/outbox_store.hpp"
#include "runtime/task_scope.hpp"

namespace studio::services {

struct OutboxRelayOptions {
    /// Between looks where nothing waited; drawn from three to five quarters of it.
    milliseconds interval{250};
    /// Events of one look.
    std::uint32_t count_max = 100;
    /// How long events that were taken and not delivered stay with their taker.
    milliseconds claim{10'000};
    /// Delivered events and idempotency keys are forgotten after this, looked for once an hour.
    std::chrono::hours kept{72};
};

/// Brings the events that were stored with their changes to the event bus: at least once, in the
/// order of their making as far as one replica takes them. Every API replica has one; each event is
/// taken by one of them. One loop; what it is built from outlives it.
///
/// Metric: studio_outbox_published_total.
class OutboxRelay {
public:
    struct Parts {
        OutboxStore& outbox;
        IdempotencyStore& keys;
        EventBus& bus;
        Entropy& entropy;
        runtime::Loop& loop;
    };

    OutboxRelay(OutboxRelayOptions options, Parts parts);

    /// Once.
    void start();
    /// Waits for what is under way. Once, at the end.
    [[nodiscard]] Task<void> close() { return scope_.close(); }

private:
    [[nodiscard]] Task<void> relay_again_and_again();
    /// Whether there may be more at once.
    [[nodiscard]] Task<bool> relay();
    [[nodiscard]] Task<void> forget_again_and_again();

    OutboxRelayOptions options_;
    Parts parts_;
    runtime::TaskScope scope_;
};

}  // namespace studio::services
