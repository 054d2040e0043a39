#include "apps/scale_advisor/advice.hpp"

#include <algorithm>
#include <numeric>
#include <span>

#include "core/capacity/erlang.hpp"
#include "core/capacity/forecast.hpp"

namespace studio::apps {
namespace {

constexpr std::size_t hour = 60;
constexpr std::size_t quarter = 15;

core::ForecastPlan plan_of(seconds holding, const ScaleAdvisorConfig& config) {
    core::ForecastPlan plan;
    plan.holding = holding;
    plan.goal = {config.goal_percent / 100.0, config.wait_limit};
    // The start of a worker, the look that sees it, and a minute for what is not foreseen.
    plan.minutes_ahead = static_cast<std::size_t>(config.start_delay.count() / 60 + 5);
    return plan;
}

/// Fills in what follows from the load.
void size_up(HourAdvice& advice, const ScaleAdvisorConfig& config) {
    const core::ServiceGoal goal = plan_of(advice.holding, config).goal;
    advice.load = core::offered_load(advice.cautious_minute / 60.0, advice.holding);
    advice.places = core::places_needed(advice.load, advice.holding, goal);
    advice.workers =
        std::max(config.workers_min, core::workers_for(advice.places, config.calls_per_worker));
    const auto beyond = [&](unsigned workers) {
        return core::share_beyond(workers * config.calls_per_worker, advice.load, advice.holding,
                                  goal.limit);
    };
    advice.beyond = beyond(advice.workers);
    advice.beyond_with_less = beyond(advice.workers - (advice.workers > 0 ? 1 : 0));
    advice.mean_wait =
        core::mean_wait(advice.workers * config.calls_per_worker, advice.load, advice.holding);
}

/// Workers that each quarter of an hour of the day needs.
std::vector<unsigned> needed_by_quarter(const core::RecordedDays& record, std::size_t day_begin,
                                        const ScaleAdvisorConfig& config) {
    const core::ForecastPlan plan = plan_of(record.mean_holding(config.holding), config);
    std::vector<unsigned> needed;
    for (std::size_t at = day_begin; at + quarter <= record.arrivals.size(); at += quarter) {
        const auto piece = std::span(record.arrivals).subspan(at, quarter);
        const double calls = std::accumulate(piece.begin(), piece.end(), 0.0);
        needed.push_back(
            std::max(config.workers_min, core::workers_needed(calls / static_cast<double>(quarter),
                                                              config.calls_per_worker, plan)));
    }
    return needed;
}

std::optional<bool> truth_of(const std::string& told) {
    return told.empty() ? std::nullopt : std::optional(told == "true");
}

}  // namespace

HourAdvice advise_hour(const core::RecordedDays& record, std::size_t end,
                       const ScaleAdvisorConfig& config) {
    const auto known = std::span(record.arrivals).first(std::min(end, record.arrivals.size()));
    const core::Forecast forecast = core::forecast_arrivals(known, hour);
    HourAdvice advice;
    advice.from_minute = end;
    advice.calls = forecast.sum();
    advice.busiest_minute = forecast.busiest(quarter);
    // Chance is that of the quarter's count, not of a single minute.
    const auto minutes = static_cast<double>(quarter);
    advice.cautious_minute = core::cautious(advice.busiest_minute * minutes) / minutes;
    advice.level = forecast.level;
    advice.days = forecast.days;
    advice.holding = record.mean_holding(config.holding);
    size_up(advice, config);
    return advice;
}

HourAdvice advise_live(const LiveFigures& live, const ScaleAdvisorConfig& config) {
    HourAdvice advice;
    advice.busiest_minute = live.arrivals_per_minute;
    advice.calls = live.arrivals_per_minute * static_cast<double>(hour);
    const double counted = std::max(1.0, static_cast<double>(live.measured_for.count()) / 60.0);
    advice.cautious_minute = core::cautious(live.arrivals_per_minute * counted) / counted;
    advice.holding = live.holding > seconds(0) ? live.holding : config.holding;
    size_up(advice, config);
    return advice;
}

std::vector<PolicyAdvice> try_policies(const core::RecordedDays& record, std::size_t day_begin,
                                       const ScaleAdvisorConfig& config) {
    const core::FleetBounds bounds{config.workers_min, config.workers_max, config.calls_per_worker};
    const std::vector<unsigned> needed = needed_by_quarter(record, day_begin, config);
    const unsigned most =
        needed.empty() ? config.workers_min : *std::max_element(needed.begin(), needed.end());
    std::vector<std::unique_ptr<core::ScalingPolicy>> policies;
    policies.push_back(core::make_fixed_policy(config.workers_min));
    policies.push_back(core::make_fixed_policy(most));
    policies.push_back(core::make_queue_policy(bounds));
    policies.push_back(core::make_load_policy(bounds));
    policies.push_back(
        core::make_forecast_policy(bounds, plan_of(record.mean_holding(config.holding), config)));
    std::vector<PolicyAdvice> tried;
    for (const auto& policy : policies) {
        core::ReplayOptions options;
        options.calls_per_worker = config.calls_per_worker;
        options.workers = policy->wanted({0, 0, config.workers_min, {}});
        options.start_delay = config.start_delay;
        options.patience = config.patience;
        options.holding = config.holding;
        tried.push_back(
            {policy->name(),
             core::replay_day(record, record.arrivals.size() - day_begin, *policy, options)});
    }
    return tried;
}

core::TriggerFigures day_figures(const core::RecordedDays& record, std::size_t day_begin,
                                 const ScaleAdvisorConfig& config) {
    core::RecordedDays day;
    const auto from = static_cast<std::ptrdiff_t>(day_begin);
    day.arrivals.assign(record.arrivals.begin() + from, record.arrivals.end());
    day.holding.assign(record.holding.begin() + from, record.holding.end());
    core::TriggerFigures figures;
    figures.busiest_hour_calls = day.busiest_hour_load(config.holding);
    const std::vector<unsigned> needed = needed_by_quarter(record, day_begin, config);
    if (!needed.empty()) {
        const auto [least, most] = std::minmax_element(needed.begin(), needed.end());
        figures.least_workers = *least;
        figures.most_workers = *most;
        figures.rise_from = figures.rise_to = needed.front();
    }
    for (std::size_t at = 1; at < needed.size(); ++at) {
        if (needed[at] > needed[at - 1] &&
            needed[at] - needed[at - 1] > figures.rise_to - figures.rise_from) {
            figures.rise_from = needed[at - 1];
            figures.rise_to = needed[at];
        }
    }
    return figures;
}

void add_told(core::TriggerFigures& figures, const ScaleAdvisorConfig& config) {
    figures.needs_isolation = truth_of(config.isolation);
    figures.has_experience = truth_of(config.experience);
    if (config.regions > 0) {
        figures.regions = config.regions;
    }
}

std::size_t busiest_hour(const core::RecordedDays& record, std::size_t day_begin) {
    std::size_t best = day_begin;
    std::uint64_t most = 0;
    for (std::size_t at = day_begin; at + hour <= record.arrivals.size(); at += quarter) {
        const auto piece = std::span(record.arrivals).subspan(at, hour);
        const auto calls = std::accumulate(piece.begin(), piece.end(), std::uint64_t{0});
        if (calls > most) {
            most = calls;
            best = at;
        }
    }
    return best;
}

}  // namespace studio::apps
