#include "apps/scale_advisor/scale_advisor_command.hpp"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <numeric>
#include <optional>

#include "apps/scale_advisor/advice.hpp"
#include "apps/scale_advisor/live_figures.hpp"

namespace studio::apps {
namespace {

constexpr int failed = 1;
constexpr int usage_error = 2;
/// Five weeks of lines of 20 characters are 1 MB.
constexpr std::streamsize file_bytes_max = std::streamsize{16} << 20;
/// What a replay holds in memory.
constexpr std::uint64_t calls_max = 5'000'000;

/// Nothing, after words for people, where the file is wrong.
std::optional<core::RecordedDays> read_days(const std::string& path) {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    if (!file) {
        std::cerr << "error: " << path << " cannot be read\n";
        return std::nullopt;
    }
    if (file.tellg() > file_bytes_max) {
        std::cerr << "error: " << path << " is larger than 16 MB\n";
        return std::nullopt;
    }
    file.seekg(0);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    auto days = core::parse_days(text);
    if (!days) {
        std::cerr << "error: " << path << ": " << days.error() << '\n';
        return std::nullopt;
    }
    const auto calls =
        std::accumulate(days->arrivals.begin(), days->arrivals.end(), std::uint64_t{0});
    if (calls > calls_max) {
        std::cerr << "error: " << path << " has more than 5,000,000 calls\n";
        return std::nullopt;
    }
    return std::move(*days);
}

/// The history's whole days, then the day.
std::optional<core::RecordedDays> read_record(const ScaleAdvisorConfig& config,
                                              std::size_t& day_begin) {
    core::RecordedDays record;
    if (!config.history.empty()) {
        auto history = read_days(config.history);
        if (!history) {
            return std::nullopt;
        }
        record = std::move(*history);
        // A last day that ended early had no calls in its last minutes.
        const std::size_t day = core::minutes_of_a_day;
        const std::size_t whole = (record.arrivals.size() + day - 1) / day * day;
        record.arrivals.resize(whole);
        record.holding.resize(whole);
    }
    day_begin = record.arrivals.size();
    auto last = read_days(config.day);
    if (!last) {
        return std::nullopt;
    }
    if (last->arrivals.size() > core::minutes_of_a_day) {
        std::cerr << "error: --day: more than one day; earlier days belong into --history\n";
        return std::nullopt;
    }
    record.arrivals.insert(record.arrivals.end(), last->arrivals.begin(), last->arrivals.end());
    record.holding.insert(record.holding.end(), last->holding.begin(), last->holding.end());
    return record;
}

/// The minute of the record from which on the next hour is asked for.
std::size_t hour_of(const core::RecordedDays& record, std::size_t day_begin,
                    const ScaleAdvisorConfig& config) {
    if (config.at.empty()) {
        return busiest_hour(record, day_begin);
    }
    // validate() has seen that it is one.
    const std::size_t minute = core::parse_days(config.at + ",0")->arrivals.size() - 1;
    return std::min(day_begin + minute, record.arrivals.size());
}

int advise_from_record(const ScaleAdvisorConfig& config) {
    std::size_t day_begin = 0;
    const auto record = read_record(config, day_begin);
    if (!record) {
        return usage_error;
    }
    core::TriggerFigures figures = day_figures(*record, day_begin, config);
    add_told(figures, config);
    std::cout << describe_hour(advise_hour(*record, hour_of(*record, day_begin, config), config),
                               config)
              << '\n'
              << describe_policies(try_policies(*record, day_begin, config)) << '\n'
              << describe_triggers(core::evaluate_triggers(figures));
    return 0;
}

int advise_from_servers(const ScaleAdvisorConfig& config) {
    const auto live = read_live(config);
    if (!live) {
        std::cerr << "error: " << live.error() << '\n';
        return failed;
    }
    core::TriggerFigures figures;
    // What is held now is no busiest hour, but says as much as is known.
    figures.busiest_hour_calls = live->active;
    add_told(figures, config);
    std::cout << describe_live(*live) << '\n'
              << describe_hour(advise_live(*live, config), config) << '\n'
              << describe_triggers(core::evaluate_triggers(figures));
    return 0;
}

ValueCheck truth_or_nothing() {
    return [](const std::string& value) {
        return value.empty() || value == "true" || value == "false"
                   ? std::string()
                   : std::string("must be true or false");
    };
}

}  // namespace

void ScaleAdvisorConfig::add_to(OptionSet& set) {
    operators.add_to(set);
    set.add("--day", "SCALE_DAY", day, "a recorded day: minute,arrivals[,holding_seconds]");
    set.add("--history", "SCALE_HISTORY", history, "whole days before it, the same way");
    set.add("--at", "SCALE_AT", at, "HH:MM of that day; empty: its busiest hour");
    set.add("--url", "SCALE_URL", urls, "running APIs whose metrics are read, with commas between");
    set.add("--for", "SCALE_FOR", measured_for, "seconds between the two readings");
    set.add("--calls-per-worker", "SCALE_CALLS_PER_WORKER", calls_per_worker,
            "calls that one worker holds", {1, 100'000});
    set.add("--workers-min", "SCALE_WORKERS_MIN", workers_min, "fewest workers", {0, 1'000});
    set.add("--workers-max", "SCALE_WORKERS_MAX", workers_max, "most workers", {1, 1'000});
    set.add("--holding", "SCALE_HOLDING", holding,
            "seconds that a call lasts where nothing else says it");
    set.add("--wait", "SCALE_WAIT", wait_limit, "seconds that callers may wait");
    set.add("--goal", "SCALE_GOAL", goal_percent, "percent of the callers who wait no longer",
            {1, 99});
    set.add("--start", "SCALE_START", start_delay, "seconds until a new worker takes calls");
    set.add("--patience", "SCALE_PATIENCE", patience,
            "seconds after which waiting callers hang up, on the average");
    set.add("--regions", "SCALE_REGIONS", regions, "regions in which callers are; 0: not told",
            {0, 1'000});
    set.add("--isolation", "SCALE_ISOLATION", isolation,
            "whether agents need resources of their own", truth_or_nothing());
    set.add("--experience", "SCALE_EXPERIENCE", experience,
            "whether the team knows how to run a cluster", truth_or_nothing());
}

Validity ScaleAdvisorConfig::validate() const {
    if (day.empty() == urls.empty()) {
        return fail(std::string("either --day or --url is needed"));
    }
    if (!history.empty() && day.empty()) {
        return fail(std::string("--history belongs to --day"));
    }
    const auto minute = core::parse_days(at + ",0");
    if (!at.empty() && (!minute || minute->arrivals.size() > core::minutes_of_a_day)) {
        return fail(std::string("--at must be HH:MM"));
    }
    if (workers_max < workers_min) {
        return fail(std::string("--workers-max must not be less than --workers-min"));
    }
    if (holding < seconds(1) || start_delay < seconds(1) || patience < seconds(1) ||
        measured_for < seconds(1)) {
        return fail(std::string("--holding, --start, --patience and --for are 1 s at least"));
    }
    return true;
}

int run_scale_advisor(const ScaleAdvisorConfig& config) {
    return config.day.empty() ? advise_from_servers(config) : advise_from_record(config);
}

}  // namespace studio::apps
