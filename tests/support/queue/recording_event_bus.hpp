#pragma once

#include <utility>
#include <vector>

#include "ports/event_bus.hpp"

namespace studio::testing {

/// An event bus that keeps what was published, in its order. One loop.
class RecordingEventBus final : public EventBus {
public:
    [[nodiscard]] Task<Result<bool, BusError>> publish(CallEvent event) override {
        if (!is_available) {
            co_return fail(BusError::unavailable);
        }
        published.push_back(std::move(event));
        co_return true;
    }

    std::vector<CallEvent> published;
    /// An outage while it is false.
    bool is_available = true;
};

}  // namespace studio::testing
