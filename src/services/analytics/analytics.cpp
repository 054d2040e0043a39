#include "services/analytics/analytics.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "services/analytics/analytics_range.hpp"

namespace studio::services {

namespace {

constexpr const char* what = "figures";
using std::chrono::days;

/// Adds calls to whatever counts by status.
template <class Counts>
void count_status(Counts& counts, const std::string& status, std::uint64_t calls) {
    if (status == "completed") {
        counts.completed += calls;
    } else if (status == "failed") {
        counts.failed += calls;
    } else if (status == "disconnected") {
        counts.disconnected += calls;
    } else if (status == "timeout") {
        counts.timed_out += calls;
    }
}

void add_wait(CallSummary& summary, const UsageLine& line) {
    const auto stage = core::parse_usage_stage(line.stage);
    if (!stage) {
        return;
    }
    StageWait* const waits[] = {&summary.stt, &summary.llm, &summary.tts, &summary.turn};
    StageWait& wait = *waits[static_cast<std::size_t>(*stage)];
    wait.waits += line.waits;
    wait.waited_us += line.waited_us;
}

WallTime begin_of(VolumeInterval interval, WallTime time) {
    if (interval == VolumeInterval::hour) {
        return core::begin_of(core::TimeSpan::hour, time);
    }
    const auto day = std::chrono::floor<days>(time);
    if (interval == VolumeInterval::day) {
        return day;
    }
    return day - (std::chrono::weekday(day) - std::chrono::Monday);
}

WallTime end_of(VolumeInterval interval, WallTime begin) {
    switch (interval) {
        case VolumeInterval::hour:
            return begin + std::chrono::hours{1};
        case VolumeInterval::day:
            return begin + days{1};
        case VolumeInterval::week:
            break;
    }
    return begin + days{7};
}

/// Every step from the first to the last; more than steps_max are as many as that and one.
std::vector<VolumeStep> empty_steps(AnalyticsRange range, VolumeInterval interval) {
    std::vector<VolumeStep> steps;
    for (WallTime at = begin_of(interval, range.from); at < range.to && steps.size() <= steps_max;
         at = end_of(interval, at)) {
        steps.push_back({.begins_at = at});
    }
    return steps;
}

void fill_steps(std::vector<VolumeStep>& steps, const std::vector<VolumeLine>& lines,
                VolumeInterval interval) {
    std::map<WallTime, VolumeStep*> by_time;
    for (VolumeStep& step : steps) {
        by_time[step.begins_at] = &step;
    }
    for (const VolumeLine& line : lines) {
        const auto found = by_time.find(begin_of(interval, line.begins_at));
        if (found != by_time.end()) {
            found->second->total += line.calls;
            count_status(*found->second, line.status, line.calls);
        }
    }
}

}  // namespace

ServiceTask<CallSummary> Analytics::summary(TenantId tenant, AnalyticsRange range) {
    const auto outcomes = co_await store_.outcomes(tenant, range);
    if (!outcomes) {
        co_return fail(from_store(outcomes.error(), what));
    }
    const auto usage = co_await store_.usage(tenant, range);
    if (!usage) {
        co_return fail(from_store(usage.error(), what));
    }
    const auto active = co_await store_.active(tenant);
    if (!active) {
        co_return fail(from_store(active.error(), what));
    }
    const auto since = co_await store_.since(tenant);
    if (!since) {
        co_return fail(from_store(since.error(), what));
    }
    CallSummary summary;
    summary.active = *active;
    summary.since = *since;
    for (const OutcomeLine& line : *outcomes) {
        summary.all.add(line.figures);
        count_status(summary, line.status, line.figures.calls);
    }
    for (const UsageLine& line : *usage) {
        add_wait(summary, line);
    }
    co_return summary;
}

ServiceTask<std::vector<VolumeStep>> Analytics::volume(TenantId tenant, AnalyticsRange range,
                                                       VolumeInterval interval) {
    std::vector<VolumeStep> steps = empty_steps(range, interval);
    if (steps.size() > steps_max) {
        co_return fail(
            invalid({{"interval", "the range has more than 768 of them; choose a longer one"}}));
    }
    const bool by_hours = interval == VolumeInterval::hour;
    // Steps are whole, and so is what is asked for.
    const AnalyticsRange whole{steps.empty() ? range.from : steps.front().begins_at,
                               steps.empty() ? range.to : end_of(interval, steps.back().begins_at)};
    const auto lines = co_await store_.volume(
        std::move(tenant), whole, by_hours ? core::TimeSpan::hour : core::TimeSpan::day);
    if (!lines) {
        co_return fail(from_store(lines.error(), what));
    }
    fill_steps(steps, *lines, interval);
    co_return steps;
}

ServiceTask<std::vector<WorkflowStats>> Analytics::workflows(TenantId tenant,
                                                             AnalyticsRange range) {
    const auto outcomes = co_await store_.outcomes(std::move(tenant), range);
    if (!outcomes) {
        co_return fail(from_store(outcomes.error(), what));
    }
    std::map<std::string, WorkflowStats> by_slug;
    for (const OutcomeLine& line : *outcomes) {
        WorkflowStats& stats = by_slug[line.workflow_slug];
        stats.workflow_slug = line.workflow_slug;
        stats.all.add(line.figures);
        stats.completed += line.status == "completed" ? line.figures.calls : 0;
        stats.failed += line.status == "failed" ? line.figures.calls : 0;
    }
    std::vector<WorkflowStats> list;
    for (auto& [slug, stats] : by_slug) {
        list.push_back(std::move(stats));
    }
    std::stable_sort(list.begin(), list.end(), [](const auto& left, const auto& right) {
        return left.all.calls > right.all.calls;
    });
    co_return list;
}

ServiceTask<std::vector<OutcomeLine>> Analytics::outcomes(TenantId tenant, AnalyticsRange range) {
    auto lines = co_await store_.outcomes(std::move(tenant), range);
    if (!lines) {
        co_return fail(from_store(lines.error(), what));
    }
    co_return std::move(*lines);
}

ServiceTask<std::vector<LatencyLine>> Analytics::latencies(TenantId tenant, AnalyticsRange range) {
    auto lines = co_await store_.latencies(std::move(tenant), range);
    if (!lines) {
        co_return fail(from_store(lines.error(), what));
    }
    co_return std::move(*lines);
}

ServiceTask<std::vector<ErrorLine>> Analytics::errors(TenantId tenant, AnalyticsRange range) {
    auto lines = co_await store_.errors(std::move(tenant), range);
    if (!lines) {
        co_return fail(from_store(lines.error(), what));
    }
    co_return std::move(*lines);
}

ServiceTask<UsageReport> Analytics::usage(TenantId tenant, AnalyticsRange range) {
    const auto list = co_await prices(tenant);
    if (!list) {
        co_return fail(list.error());
    }
    auto lines = co_await store_.daily_usage(std::move(tenant), range);
    if (!lines) {
        co_return fail(from_store(lines.error(), what));
    }
    if (lines->size() >= AnalyticsStore::lines_max) {
        co_return fail(invalid({{"started_after",
                                 "the days have more than 10000 lines; ask for "
                                 "fewer of them"}}));
    }
    UsageReport report;
    report.currency = list->currency;
    for (UsageLine& line : *lines) {
        const auto stage = core::parse_usage_stage(line.stage);
        if (!stage || *stage == core::UsageStage::turn) {
            continue;  // Nobody charges for it.
        }
        const auto cost = core::cost_of(*list, *stage, line.provider, line.model, line.amounts);
        report.lines.push_back({std::move(line), cost});
    }
    co_return report;
}

ServiceTask<core::PriceList> Analytics::prices(TenantId tenant) {
    const auto stored = co_await store_.load_prices(std::move(tenant));
    if (!stored) {
        if (stored.error() == StoreError::not_found) {
            co_return core::PriceList{};
        }
        co_return fail(from_store(stored.error(), "price list"));
    }
    auto list = core::parse_prices(*stored);
    if (!list) {
        co_return fail(from_store(StoreError::corrupt, "price list"));
    }
    co_return std::move(*list);
}

ServiceTask<core::PriceList> Analytics::set_prices(TenantId tenant, Json body) {
    auto list = core::parse_prices(body);
    if (!list) {
        co_return fail(invalid(list.error()));
    }
    Json stored = core::to_json(*list);
    const auto saved = co_await store_.save_prices(std::move(tenant), std::move(stored));
    if (!saved) {
        co_return fail(from_store(saved.error(), "price list"));
    }
    co_return std::move(*list);
}

}  // namespace studio::services
