#pragma once

#include <algorithm>

#include "runtime/shared_instant.hpp"

namespace studio::services {

/// Until when a lease is certainly ours: its duration from the moment at which it was asked for,
/// since the queue began to count no earlier, less a margin. After that another worker may hold the
/// call, although nobody told us: this process stood still, or the queue cannot be reached. Set by
/// whoever renews, on one loop; read on any.
class LeaseLife {
public:
    explicit LeaseLife(Instant certain_until) : certain_until_(certain_until) {}

    /// Renewed; never shortens.
    void prolong(Instant certain_until) {
        certain_until_.store(std::max(certain_until_.load(), certain_until));
    }
    /// From now on another worker may take the call, until it is prolonged.
    void give_up() { certain_until_.store(Instant::min()); }

    [[nodiscard]] bool is_certain(Instant now) const { return now < certain_until_.load(); }

private:
    runtime::SharedInstant certain_until_;
};

}  // namespace studio::services
