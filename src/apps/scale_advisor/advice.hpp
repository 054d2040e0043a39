#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "apps/scale_advisor/scale_advisor_command.hpp"
#include "core/capacity/day.hpp"
#include "core/capacity/replay_day.hpp"
#include "core/capacity/triggers.hpp"

namespace studio::apps {

/// What the next hour needs, and what that follows from.
struct HourAdvice {
    /// Minute of the day from which on the hour counts; of live figures 0.
    std::size_t from_minute = 0;
    /// Calls expected in the hour, and each minute of its busiest quarter, with caution for chance.
    double calls = 0.0;
    double busiest_minute = 0.0;
    double cautious_minute = 0.0;
    double level = 1.0;
    std::size_t days = 0;
    seconds holding{0};
    double load = 0.0;
    unsigned places = 0;
    unsigned workers = 0;
    /// With so many: share of callers who wait longer than the limit, and the mean of all.
    double beyond = 0.0;
    seconds mean_wait{0};
    /// With one worker less.
    double beyond_with_less = 0.0;
};

/// A policy against the recorded day.
struct PolicyAdvice {
    std::string name;
    core::ReplayResult result;
};

/// Of live servers, summed over them.
struct LiveFigures {
    double arrivals_per_minute = 0.0;
    double active = 0.0;
    double waiting = 0.0;
    double oldest_seconds = 0.0;
    seconds measured_for{0};
    /// By Little's law from active calls and arrivals; 0 where no call began.
    seconds holding{0};
};

/// The next hour of a record that ends where the hour begins.
[[nodiscard]] HourAdvice advise_hour(const core::RecordedDays& record, std::size_t end,
                                     const ScaleAdvisorConfig& config);
/// The next hour where only the present is known: it goes on.
[[nodiscard]] HourAdvice advise_live(const LiveFigures& live, const ScaleAdvisorConfig& config);
/// Each policy of core/capacity against the last day of the record.
[[nodiscard]] std::vector<PolicyAdvice> try_policies(const core::RecordedDays& record,
                                                     std::size_t day_begin,
                                                     const ScaleAdvisorConfig& config);
/// Of the last day, for the triggers.
[[nodiscard]] core::TriggerFigures day_figures(const core::RecordedDays& record,
                                               std::size_t day_begin,
                                               const ScaleAdvisorConfig& config);
/// What the operator says of it, put into `figures`.
void add_told(core::TriggerFigures& figures, const ScaleAdvisorConfig& config);
/// Start of the hour with the most calls, of the last day.
[[nodiscard]] std::size_t busiest_hour(const core::RecordedDays& record, std::size_t day_begin);

// Words for people; each part ends its last line.
[[nodiscard]] std::string describe_hour(const HourAdvice& advice, const ScaleAdvisorConfig& config);
[[nodiscard]] std::string describe_policies(const std::vector<PolicyAdvice>& policies);
[[nodiscard]] std::string describe_triggers(const std::vector<core::Trigger>& triggers);
[[nodiscard]] std::string describe_live(const LiveFigures& live);

}  // namespace studio::apps
