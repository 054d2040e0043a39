#pragma once

#include <cstddef>
#include <vector>

#include "services/hosting/worker/internal/worker_context.hpp"
#include "services/hosting/worker/load_guard.hpp"

namespace studio::services {

/// Whether a worker takes a further call: by its places, by the load of each loop, and by how fast
/// the calls that it took last came into their rooms. On the control loop.
class WorkerDoor {
public:
    /// Which outlives it.
    explicit WorkerDoor(WorkerContext& context) : context_(context) {}

    /// Shows at 0 what is counted rarely.
    static void show_figures();

    [[nodiscard]] bool has_room() const;
    /// As Worker.
    void on_load(std::size_t index, const LoopLoad& load);

private:
    /// Whether calls that were taken long ago are not in their rooms yet.
    [[nodiscard]] bool is_slow() const;

    WorkerContext& context_;
    /// One for each loop.
    std::vector<LoadGuard> guards_;
    bool was_slow_ = false;
};

}  // namespace studio::services
