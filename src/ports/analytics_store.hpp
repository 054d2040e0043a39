#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/interface.hpp"
#include "base/result.hpp"
#include "base/strong_id.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "core/analytics/time_span.hpp"
#include "core/call/call_usage.hpp"
#include "core/call/latency_histogram.hpp"
#include "ports/store_error.hpp"

namespace studio {

/// Ended calls that were asked for (CallRecord::created_at) from `from` until before `to`, widened
/// to whole hours in UTC.
struct AnalyticsRange {
    WallTime from{};
    WallTime to{};
};

/// Sums over calls.
struct CallFigures {
    std::uint64_t calls = 0;
    /// Those in which somebody was talked to (CallRecord::started_at).
    std::uint64_t begun = 0;
    std::uint64_t duration_ms = 0;
    std::uint64_t turns = 0;
    std::uint64_t interruptions = 0;
    std::uint64_t handoffs = 0;
    std::uint64_t tokens = 0;

    void add(const CallFigures& more) {
        calls += more.calls;
        begun += more.begun;
        duration_ms += more.duration_ms;
        turns += more.turns;
        interruptions += more.interruptions;
        handoffs += more.handoffs;
        tokens += more.tokens;
    }
};

/// Calls that began with one agent, and ended in the same way.
struct OutcomeLine {
    std::string agent_name;
    std::string workflow_slug;
    std::string status;
    std::string status_reason;
    CallFigures figures;
};

/// Calls of one span of time that ended with one status.
struct VolumeLine {
    WallTime begins_at{};
    std::string status;
    std::uint64_t calls = 0;
};

/// What one provider did, while one agent was spoken to.
struct UsageLine {
    /// Of the day, where days were asked for.
    WallTime begins_at{};
    std::string agent_name;
    std::string stage;
    std::string provider;
    std::string model;
    core::UsageAmounts amounts;
    /// Turns in which somebody waited for it, and how long they did in all.
    std::uint64_t waits = 0;
    std::uint64_t waited_us = 0;
};

/// How long callers waited for one provider; of stage `turn`, for their answers.
struct LatencyLine {
    std::string stage;
    std::string provider;
    std::string model;
    core::LatencyHistogram latency;
};

/// What failed in one way.
struct ErrorLine {
    std::string stage;
    std::string provider;
    std::string code;
    std::uint64_t errors = 0;
    /// Calls in which it did.
    std::uint64_t calls = 0;
};

/// Figures of ended calls, which the call store adds up when a call ends, in that transaction.
/// Every operation is scoped to a tenant. Lists are cut at `lines_max`, the most calls, requests or
/// errors first. Any loop may call; the task resumes on the loop that awaits it.
class AnalyticsStore : public Interface {
public:
    template <class Value>
    using Outcome = Task<Result<Value, StoreError>>;
    static constexpr std::size_t lines_max = 10'000;

    [[nodiscard]] virtual Outcome<std::vector<OutcomeLine>> outcomes(TenantId tenant,
                                                                     AnalyticsRange range) = 0;
    /// By hours or days, in order of time; spans without a call are left out.
    [[nodiscard]] virtual Outcome<std::vector<VolumeLine>> volume(TenantId tenant,
                                                                  AnalyticsRange range,
                                                                  core::TimeSpan span) = 0;
    [[nodiscard]] virtual Outcome<std::vector<UsageLine>> usage(TenantId tenant,
                                                                AnalyticsRange range) = 0;
    /// By days, in order of time, of whole days; cut at the end.
    [[nodiscard]] virtual Outcome<std::vector<UsageLine>> daily_usage(TenantId tenant,
                                                                      AnalyticsRange range) = 0;
    [[nodiscard]] virtual Outcome<std::vector<LatencyLine>> latencies(TenantId tenant,
                                                                      AnalyticsRange range) = 0;
    [[nodiscard]] virtual Outcome<std::vector<ErrorLine>> errors(TenantId tenant,
                                                                 AnalyticsRange range) = 0;
    /// Calls that are under way now.
    [[nodiscard]] virtual Outcome<std::uint64_t> active(TenantId tenant) = 0;
    /// When the first call ended that is counted; nothing where none is.
    [[nodiscard]] virtual Outcome<std::optional<WallTime>> since(TenantId tenant) = 0;

    /// What the tenant pays, as it wrote it; not_found where it wrote nothing.
    [[nodiscard]] virtual Outcome<Json> load_prices(TenantId tenant) = 0;
    [[nodiscard]] virtual Outcome<bool> save_prices(TenantId tenant, Json prices) = 0;
};

}  // namespace studio
