#pragma once

#include <string>
#include <vector>

#include "apps/config/option_groups.hpp"

namespace studio::apps {

/// What `agent-studio scale-advisor` is told (docs/scaling.md).
struct ScaleAdvisorConfig {
    OperatorOptions operators;
    /// A recorded day: CSV, `minute,arrivals[,holding_seconds]`.
    std::string day;
    /// Whole days before it, the same way; the shape of the forecast.
    std::string history;
    /// HH:MM of the recorded day at which the next hour is asked for; empty: the start of the hour
    /// with the most calls.
    std::string at;
    /// Running APIs, whose metrics are read twice.
    std::vector<std::string> urls;
    seconds measured_for{60};
    unsigned calls_per_worker = 10;
    unsigned workers_min = 2;
    unsigned workers_max = 20;
    seconds holding{180};
    seconds wait_limit{2};
    /// Percent of the callers who wait no longer.
    unsigned goal_percent = 99;
    seconds start_delay{30};
    seconds patience{30};
    /// 0: not told.
    unsigned regions = 0;
    /// `true`, `false`, or empty: not told.
    std::string isolation;
    std::string experience;

    void add_to(OptionSet& set);
    [[nodiscard]] Validity validate() const;
};

/// Prints the advice. 0; 1 where a server does not answer; 2 where a file is wrong.
[[nodiscard]] int run_scale_advisor(const ScaleAdvisorConfig& config);

}  // namespace studio::apps
