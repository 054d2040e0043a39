#include "services/hosting/worker/load_guard.hpp"

#include <algorithm>

namespace studio::services {

std::string_view name_of(LoadReason reason) {
    switch (reason) {
        case LoadReason::gaps:
            return "gaps";
        case LoadReason::core_full:
            return "core_full";
        case LoadReason::late:
            return "late";
        case LoadReason::none:
            break;
    }
    return "none";
}

LoadReason LoadGuard::find_trouble(const LoopLoad& load) const {
    if (load.gaps_percent() > limits_.gaps_stop) {
        return LoadReason::gaps;
    }
    if (load.core > limits_.core_stop) {
        return LoadReason::core_full;
    }
    return load.lag > limits_.lag_stop ? LoadReason::late : LoadReason::none;
}

bool LoadGuard::is_well(const LoopLoad& load) const {
    return load.gaps_percent() <= limits_.gaps_go && load.core <= limits_.core_go &&
           load.lag <= limits_.lag_go;
}

std::size_t LoadGuard::count_places(const LoopLoad& load) const {
    const double average = load.calls == 0 ? 0.0 : load.core / static_cast<double>(load.calls);
    const double cost = std::clamp(average, limits_.call_cost_min, limits_.call_cost_max);
    return static_cast<std::size_t>(std::max(0.0, (limits_.core_stop - load.core) / cost));
}

void LoadGuard::handle(const LoopLoad& load, Instant now) {
    const LoadReason trouble = find_trouble(load);
    if (trouble == LoadReason::none) {
        bad_since_.reset();
    } else if (!bad_since_) {
        bad_since_ = now;
    }
    if (!is_well(load)) {
        well_since_.reset();
    } else if (!well_since_) {
        well_since_ = now;
    }
    places_ = count_places(load);
    const bool is_too_much =
        load.gaps_percent() > limits_.gaps_stop_now || load.lag > limits_.lag_stop_now;
    if (is_open_) {
        if (is_too_much || (bad_since_ && now - *bad_since_ >= limits_.patience)) {
            close(trouble == LoadReason::none ? LoadReason::late : trouble, now);
        }
    } else if (well_since_ && now - *well_since_ >= calm_) {
        is_open_ = true;
        opened_at_ = now;
    }
}

void LoadGuard::close(LoadReason reason, Instant now) {
    const bool is_again = opened_at_ && now - *opened_at_ < limits_.calm_memory;
    calm_ = is_again ? std::min(calm_ * 2, limits_.calm_max) : limits_.calm;
    is_open_ = false;
    reason_ = reason;
    well_since_.reset();
}

}  // namespace studio::services
