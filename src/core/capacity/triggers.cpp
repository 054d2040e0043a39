#include "core/capacity/triggers.hpp"

#include <algorithm>
#include <cmath>

namespace studio::core {
namespace {

/// "> 100 consistently"; read as the mean of the busiest hour.
constexpr double calls_bound = 100.0;
constexpr double near_share = 0.7;
/// A person sees an alert, decides and acts: what rises by half within a quarter of an hour is too
/// fast for that.
constexpr double rise_bound = 1.5;
constexpr unsigned rise_least = 2;

std::string whole(double value) {
    return std::to_string(std::llround(value));
}

Trigger calls_row(const TriggerFigures& figures) {
    if (!figures.busiest_hour_calls) {
        return {"concurrent calls", TriggerState::unknown, "the calls are not known"};
    }
    const double calls = *figures.busiest_hour_calls;
    const TriggerState state = calls > calls_bound                ? TriggerState::met
                               : calls > near_share * calls_bound ? TriggerState::near
                                                                  : TriggerState::no;
    return {"concurrent calls", state,
            whole(calls) + " at once in the busiest hour; the bound is 100"};
}

Trigger scaling_row(const TriggerFigures& figures) {
    if (!figures.least_workers || !figures.most_workers) {
        return {"automatic scaling", TriggerState::unknown, "no day is recorded"};
    }
    const auto from = static_cast<double>(std::max(1U, figures.rise_from));
    const bool is_fast = figures.rise_to >= figures.rise_from + rise_least &&
                         static_cast<double>(figures.rise_to) > rise_bound * from;
    const bool is_wide = *figures.most_workers >= 2 * std::max(1U, *figures.least_workers) + 1;
    const TriggerState state = is_fast   ? TriggerState::met
                               : is_wide ? TriggerState::near
                                         : TriggerState::no;
    return {"automatic scaling", state,
            "from " + std::to_string(*figures.least_workers) + " to " +
                std::to_string(*figures.most_workers) +
                " workers; the steepest quarter of an hour goes from " +
                std::to_string(figures.rise_from) + " to " + std::to_string(figures.rise_to) +
                " (the bound is half as many again)"};
}

Trigger isolation_row(const TriggerFigures& figures) {
    if (!figures.needs_isolation) {
        return {"isolation by agent", TriggerState::unknown, "say --isolation true or false"};
    }
    return {"isolation by agent", *figures.needs_isolation ? TriggerState::met : TriggerState::no,
            *figures.needs_isolation ? "agents need resources of their own"
                                     : "agents may share workers"};
}

Trigger regions_row(const TriggerFigures& figures) {
    if (!figures.regions) {
        return {"regions", TriggerState::unknown, "say --regions"};
    }
    return {"regions", *figures.regions > 1 ? TriggerState::met : TriggerState::no,
            std::to_string(*figures.regions) + (*figures.regions == 1 ? " region" : " regions")};
}

Trigger experience_row(const TriggerFigures& figures) {
    if (!figures.has_experience) {
        return {"experience of the team", TriggerState::unknown, "say --experience true or false"};
    }
    return {"experience of the team",
            *figures.has_experience ? TriggerState::met : TriggerState::no,
            *figures.has_experience ? "the team knows how to run a cluster"
                                    : "learn it before it is needed"};
}

}  // namespace

std::vector<Trigger> evaluate_triggers(const TriggerFigures& figures) {
    std::vector<Trigger> rows;
    rows.push_back(calls_row(figures));
    rows.push_back(scaling_row(figures));
    rows.push_back(isolation_row(figures));
    rows.push_back(regions_row(figures));
    rows.push_back(experience_row(figures));
    return rows;
}

const char* name_of(TriggerState state) {
    switch (state) {
        case TriggerState::no:
            return "no";
        case TriggerState::near:
            return "near";
        case TriggerState::met:
            return "met";
        case TriggerState::unknown:
            return "unknown";
    }
    return "unknown";
}

bool suggests_move(const std::vector<Trigger>& triggers) {
    // The last row is no reason, but a condition.
    return !triggers.empty() &&
           std::any_of(triggers.begin(), triggers.end() - 1,
                       [](const Trigger& trigger) { return trigger.state == TriggerState::met; });
}

}  // namespace studio::core
