#include "services/hosting/worker/internal/worker_door.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "base/log.hpp"
#include "base/metric.hpp"

namespace studio::services {
namespace {

Counter& doors_closed(std::string_view reason) {
    return metrics().counter("studio_doors_closed_total",
                             "Times that no further call was taken, by what was too much.",
                             "reason=\"" + std::string(reason) + '"');
}

}  // namespace

void WorkerDoor::show_figures() {
    for (const char* reason : {"gaps", "core_full", "late", "greeting"}) {
        static_cast<void>(doors_closed(reason));
    }
}

bool WorkerDoor::has_room() const {
    return !context_.is_draining && context_.held.calls() < context_.options.calls_max &&
           context_.parts.dispatcher.places().has_room() && !is_slow();
}

bool WorkerDoor::is_slow() const {
    const Instant now = context_.now();
    const auto slow = std::ranges::count_if(context_.held.all(), [this, now](const auto& entry) {
        const HeldLease& held = entry.second;
        return !held.joined_at && !held.is_released && !held.is_lost &&
               now - held.begun_at > context_.options.greeting_limit;
    });
    return static_cast<std::size_t>(slow) >= context_.options.slow_calls_max;
}

void WorkerDoor::on_load(std::size_t index, const LoopLoad& load) {
    while (guards_.size() <= index) {
        guards_.emplace_back(context_.options.load_limits);
    }
    LoadGuard& guard = guards_[index];
    const LoadReason before = guard.reason();
    guard.handle(load, context_.now());
    context_.parts.dispatcher.places().set_places(index, guard.places());
    if (guard.reason() != before) {
        const bool is_open = guard.is_open();
        if (!is_open) {
            doors_closed(name_of(guard.reason())).add();
        }
        STUDIO_LOG(warning, is_open ? "door_opened" : "door_closed", {"loop", index},
                   {"reason", name_of(is_open ? before : guard.reason())},
                   {"core_percent", static_cast<int>(load.core * 100)},
                   {"lag_ms", to_milliseconds(load.lag)}, {"frames_gapped", load.frames_gapped},
                   {"frames_late", load.frames_late}, {"frames", load.frames},
                   {"calls", load.calls});
    }
    if (const bool slow = is_slow(); std::exchange(was_slow_, slow) != slow) {
        if (slow) {
            doors_closed("greeting").add();
        }
        STUDIO_LOG(warning, slow ? "door_closed" : "door_opened", {"reason", "greeting"},
                   {"calls", context_.held.all().size()});
    }
}

}  // namespace studio::services
