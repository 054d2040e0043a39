#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "base/interface.hpp"
#include "base/time.hpp"
#include "core/capacity/erlang.hpp"

namespace studio::core {

/// What a policy sees when it is asked.
struct FleetView {
    unsigned waiting = 0;
    unsigned active = 0;
    /// Ready ones and those that start.
    unsigned workers = 0;
    /// Calls of each minute from a midnight until now; the last minute is whole.
    std::span<const unsigned> arrivals;
};

/// How many workers there should be. Pure but for what it remembers of earlier questions.
class ScalingPolicy : public Interface {
public:
    [[nodiscard]] virtual std::string name() const = 0;
    [[nodiscard]] virtual unsigned wanted(const FleetView& fleet) = 0;
};

/// What every policy keeps to.
struct FleetBounds {
    unsigned workers_min = 2;
    unsigned workers_max = 20;
    /// Calls that one worker holds: "1 worker per ~10 concurrent calls".
    unsigned calls_per_worker = 10;
};

/// Always so many: what `--scale worker=n` does, until a person acts.
[[nodiscard]] std::unique_ptr<ScalingPolicy> make_fixed_policy(unsigned workers);

/// ADR-010's trigger, as it stands there: one worker for each 5 calls that wait. Calls that are
/// held are no part of it.
[[nodiscard]] std::unique_ptr<ScalingPolicy> make_queue_policy(const FleetBounds& bounds);

/// The larger one of the queue's, and what active calls and a warm buffer of 5 need.
[[nodiscard]] std::unique_ptr<ScalingPolicy> make_load_policy(const FleetBounds& bounds);

/// The larger one of load's, and what the forecast of the next minutes needs by Erlang C.
struct ForecastPlan {
    seconds holding{180};
    ServiceGoal goal;
    /// How far it looks ahead: as long as a worker needs to be there, and one look more.
    std::size_t minutes_ahead = 10;
};
[[nodiscard]] std::unique_ptr<ScalingPolicy> make_forecast_policy(const FleetBounds& bounds,
                                                                  const ForecastPlan& plan);

/// Workers that `arrivals_per_minute` need for the goal, without bounds of a fleet.
[[nodiscard]] unsigned workers_needed(double arrivals_per_minute, unsigned calls_per_worker,
                                      const ForecastPlan& plan);

}  // namespace studio::core
