#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/analytics/prices.hpp"
#include "ports/analytics_store.hpp"
#include "services/errors/service_error.hpp"

namespace studio::services {

/// What callers waited for one stage, on average over turns.
struct StageWait {
    std::uint64_t waits = 0;
    std::uint64_t waited_us = 0;
};

/// A tenant's calls of a range at one glance.
struct CallSummary {
    CallFigures all;
    std::uint64_t completed = 0;
    std::uint64_t failed = 0;
    std::uint64_t disconnected = 0;
    std::uint64_t timed_out = 0;
    /// Under way now, whatever the range.
    std::uint64_t active = 0;
    StageWait stt;
    StageWait llm;
    StageWait tts;
    StageWait turn;
    /// When the first call ended that is counted at all.
    std::optional<WallTime> since;
};

/// How many calls there were in one step of time.
struct VolumeStep {
    WallTime begins_at{};
    std::uint64_t total = 0;
    std::uint64_t completed = 0;
    std::uint64_t failed = 0;
    std::uint64_t disconnected = 0;
    std::uint64_t timed_out = 0;
};

/// A week is that of ISO 8601: it begins on Monday, in UTC.
enum class VolumeInterval : std::uint8_t { hour, day, week };

/// The calls of one workflow.
struct WorkflowStats {
    /// Empty for calls of single agents.
    std::string workflow_slug;
    CallFigures all;
    std::uint64_t completed = 0;
    std::uint64_t failed = 0;
};

/// A line of usage and what it cost; no cost where the price list has none for it.
struct PricedLine {
    UsageLine line;
    std::optional<std::int64_t> cost_millionths;
};

/// What was used each day, and the money of it.
struct UsageReport {
    std::string currency;
    std::vector<PricedLine> lines;
};

/// The figures of a tenant's ended calls. On the loop of the use cases; the store outlives it.
class Analytics {
public:
    explicit Analytics(AnalyticsStore& store) : store_(store) {}

    [[nodiscard]] ServiceTask<CallSummary> summary(TenantId tenant, AnalyticsRange range);
    /// Every step of the range, also those without a call. validation_error where there would be
    /// more than steps_max.
    [[nodiscard]] ServiceTask<std::vector<VolumeStep>> volume(TenantId tenant, AnalyticsRange range,
                                                              VolumeInterval interval);
    /// The most calls first.
    [[nodiscard]] ServiceTask<std::vector<WorkflowStats>> workflows(TenantId tenant,
                                                                    AnalyticsRange range);
    [[nodiscard]] ServiceTask<std::vector<OutcomeLine>> outcomes(TenantId tenant,
                                                                 AnalyticsRange range);
    [[nodiscard]] ServiceTask<std::vector<LatencyLine>> latencies(TenantId tenant,
                                                                  AnalyticsRange range);
    [[nodiscard]] ServiceTask<std::vector<ErrorLine>> errors(TenantId tenant, AnalyticsRange range);
    /// By whole days. validation_error where they have more than AnalyticsStore::lines_max lines.
    [[nodiscard]] ServiceTask<UsageReport> usage(TenantId tenant, AnalyticsRange range);

    /// Empty where the tenant never wrote one.
    [[nodiscard]] ServiceTask<core::PriceList> prices(TenantId tenant);
    /// Takes the place of the one before. The list as it is now.
    [[nodiscard]] ServiceTask<core::PriceList> set_prices(TenantId tenant, Json body);

private:
    AnalyticsStore& store_;
};

}  // namespace studio::services
