#include "core/capacity/policy.hpp"

#include <algorithm>

#include "core/capacity/forecast.hpp"

namespace studio::core {
namespace {

constexpr unsigned waiting_per_worker = 5;
constexpr unsigned warm_calls = 5;

class Fixed final : public ScalingPolicy {
public:
    explicit Fixed(unsigned workers) : workers_(workers) {}
    [[nodiscard]] std::string name() const override {
        return std::to_string(workers_) + " workers";
    }
    [[nodiscard]] unsigned wanted(const FleetView&) override { return workers_; }

private:
    unsigned workers_;
};

class ByQueue final : public ScalingPolicy {
public:
    explicit ByQueue(const FleetBounds& bounds) : bounds_(bounds) {}
    [[nodiscard]] std::string name() const override { return "queue"; }
    [[nodiscard]] unsigned wanted(const FleetView& fleet) override {
        return std::clamp(workers_for(fleet.waiting, waiting_per_worker), bounds_.workers_min,
                          bounds_.workers_max);
    }

private:
    FleetBounds bounds_;
};

class ByLoad final : public ScalingPolicy {
public:
    explicit ByLoad(const FleetBounds& bounds) : bounds_(bounds), queue_(bounds) {}
    [[nodiscard]] std::string name() const override { return "load"; }
    [[nodiscard]] unsigned wanted(const FleetView& fleet) override {
        const unsigned held = workers_for(fleet.active + warm_calls, bounds_.calls_per_worker);
        return std::min(std::max(held, queue_.wanted(fleet)), bounds_.workers_max);
    }

private:
    FleetBounds bounds_;
    ByQueue queue_;
};

class ByForecast final : public ScalingPolicy {
public:
    ByForecast(const FleetBounds& bounds, const ForecastPlan& plan)
        : bounds_(bounds), plan_(plan), load_(bounds) {}
    [[nodiscard]] std::string name() const override { return "forecast"; }
    [[nodiscard]] unsigned wanted(const FleetView& fleet) override {
        // Once a minute: between, nothing is new.
        if (fleet.arrivals.size() != minutes_seen_) {
            minutes_seen_ = fleet.arrivals.size();
            const Forecast ahead = forecast_arrivals(fleet.arrivals, plan_.minutes_ahead);
            expected_ = workers_needed(ahead.busiest(3), bounds_.calls_per_worker, plan_);
        }
        return std::min(std::max(expected_, load_.wanted(fleet)), bounds_.workers_max);
    }

private:
    FleetBounds bounds_;
    ForecastPlan plan_;
    ByLoad load_;
    std::size_t minutes_seen_ = 0;
    unsigned expected_ = 0;
};

}  // namespace

unsigned workers_needed(double arrivals_per_minute, unsigned calls_per_worker,
                        const ForecastPlan& plan) {
    const double load = offered_load(arrivals_per_minute / 60.0, plan.holding);
    return workers_for(places_needed(load, plan.holding, plan.goal), calls_per_worker);
}

std::unique_ptr<ScalingPolicy> make_fixed_policy(unsigned workers) {
    return std::make_unique<Fixed>(workers);
}

std::unique_ptr<ScalingPolicy> make_queue_policy(const FleetBounds& bounds) {
    return std::make_unique<ByQueue>(bounds);
}

std::unique_ptr<ScalingPolicy> make_load_policy(const FleetBounds& bounds) {
    return std::make_unique<ByLoad>(bounds);
}

std::unique_ptr<ScalingPolicy> make_forecast_policy(const FleetBounds& bounds,
                                                    const ForecastPlan& plan) {
    return std::make_unique<ByForecast>(bounds, plan);
}

}  // namespace studio::core
