#pragma once

#include <cstddef>
#include <memory>

#include "ports/live_bus.hpp"
#include "runtime/loop.hpp"

namespace studio::services {

/// Hands the live events of one loop on to a sink of another. At most one function is under way to
/// the other loop; what happens meanwhile waits, and beyond a limit is dropped. Used and destroyed
/// on its own loop; the other loop and its sink outlive every event.
class PostedLiveSink final : public LiveSink {
public:
    /// `waiting_max`: events that wait for the other loop.
    PostedLiveSink(runtime::Loop& loop, runtime::Loop& target_loop, LiveSink& target,
                   std::size_t waiting_max = 10'000);

    void publish(TenantId tenant, LiveEvent event) override;

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace studio::services
