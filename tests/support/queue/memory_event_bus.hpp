#pragma once

#include <memory>

#include "ports/event_bus.hpp"
#include "runtime/loop.hpp"

namespace studio::testing {

/// What the buses of one process share: who listens. It keeps its list on `home`, so that no lock
/// is needed; `home` outlives every bus and runs until the last is gone.
class MemoryEventHub {
public:
    explicit MemoryEventHub(runtime::Loop& home);

private:
    friend class MemoryEventBus;
    struct State;

    std::shared_ptr<State> state_;
};

/// The event bus in one process: embedded mode, tests and simulation. One object per loop, on that
/// loop only. An event goes through the hub's loop, so that all listeners see one order.
///
///   publish (loop A) --post--> hub (home) --post--> on_call_event (loop B, C …)
class MemoryEventBus final : public EventBus {
public:
    MemoryEventBus(runtime::Loop& loop, MemoryEventHub& hub);

    [[nodiscard]] Task<Result<bool, BusError>> publish(CallEvent event) override;
    [[nodiscard]] std::unique_ptr<Subscription> subscribe(TenantId tenant,
                                                          EventListener& listener) override;

    /// For tests: an outage of this bus. Coming back tells its listeners by on_gap().
    void set_available(bool available);

private:
    friend class MemoryEventHub;
    class Held;
    struct Listeners;

    runtime::Loop& loop_;
    std::shared_ptr<MemoryEventHub::State> hub_;
    std::shared_ptr<Listeners> listeners_;
};

}  // namespace studio::testing
