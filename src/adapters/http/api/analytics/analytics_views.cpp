#include "adapters/http/api/analytics/analytics_views.hpp"
#include "base/json_or_null.hpp"

#include <string>
#include <utility>

namespace studio::adapters {

namespace {

Json ratio(double sum, std::uint64_t count) {
    return count == 0 ? Json(nullptr) : Json(sum / static_cast<double>(count));
}

Json percent(std::uint64_t part, std::uint64_t whole) {
    return ratio(static_cast<double>(part) * 100.0, whole);
}

/// Of the calls in which somebody was talked to.
Json average_duration(const CallFigures& figures) {
    return ratio(static_cast<double>(figures.duration_ms) / 1'000.0, figures.begun);
}

Json average_wait(const services::StageWait& wait) {
    return ratio(static_cast<double>(wait.waited_us) / 1'000.0, wait.waits);
}

Json quantile(const core::LatencyHistogram& latency, double rank) {
    const auto found = latency.quantile_ms(rank);
    return found ? Json(*found) : Json(nullptr);
}

JsonObject range_view(AnalyticsRange range) {
    return {{"started_after", to_rfc3339(range.from)}, {"started_before", to_rfc3339(range.to)}};
}

JsonObject list_view(JsonArray data, AnalyticsRange range) {
    JsonObject view = range_view(range);
    view["data"] = std::move(data);
    return view;
}

}  // namespace

Json summary_view(const services::CallSummary& summary, AnalyticsRange range) {
    const CallFigures& all = summary.all;
    JsonObject view = range_view(range);
    view["figures_since"] = summary.since ? Json(to_rfc3339(*summary.since)) : Json(nullptr);
    view["total_calls"] = all.calls;
    view["completed_calls"] = summary.completed;
    view["failed_calls"] = summary.failed;
    view["disconnected_calls"] = summary.disconnected;
    view["timeout_calls"] = summary.timed_out;
    view["active_calls"] = summary.active;
    view["success_rate"] = percent(summary.completed, all.calls);
    view["avg_duration_seconds"] = average_duration(all);
    view["total_duration_seconds"] = static_cast<double>(all.duration_ms) / 1'000.0;
    view["total_tokens"] = all.tokens;
    view["total_turns"] = all.turns;
    view["interruptions"] = all.interruptions;
    view["agent_handoffs"] = all.handoffs;
    view["avg_stt_latency_ms"] = average_wait(summary.stt);
    view["avg_llm_latency_ms"] = average_wait(summary.llm);
    view["avg_tts_latency_ms"] = average_wait(summary.tts);
    view["avg_turn_latency_ms"] = average_wait(summary.turn);
    return view;
}

Json volume_view(const std::vector<services::VolumeStep>& steps, std::string_view interval,
                 AnalyticsRange range) {
    JsonArray data;
    for (const services::VolumeStep& step : steps) {
        data.push_back(JsonObject{{"timestamp", to_rfc3339(step.begins_at)},
                                  {"total", step.total},
                                  {"completed", step.completed},
                                  {"failed", step.failed},
                                  {"disconnected", step.disconnected},
                                  {"timeout", step.timed_out}});
    }
    JsonObject view = list_view(std::move(data), range);
    view["interval"] = boost::json::string_view(interval.data(), interval.size());
    return view;
}

Json workflows_view(const std::vector<services::WorkflowStats>& list, AnalyticsRange range) {
    JsonArray data;
    for (const services::WorkflowStats& stats : list) {
        data.push_back(JsonObject{{"workflow_slug", text_or_null(stats.workflow_slug)},
                                  {"total_calls", stats.all.calls},
                                  {"completed_calls", stats.completed},
                                  {"failed_calls", stats.failed},
                                  {"success_rate", percent(stats.completed, stats.all.calls)},
                                  {"avg_duration_seconds", average_duration(stats.all)},
                                  {"total_turns", stats.all.turns},
                                  {"total_tokens", stats.all.tokens},
                                  {"agent_handoffs", stats.all.handoffs}});
    }
    return list_view(std::move(data), range);
}

Json latencies_view(const std::vector<LatencyLine>& lines, AnalyticsRange range) {
    JsonArray data;
    for (const LatencyLine& line : lines) {
        data.push_back(JsonObject{{"stage", line.stage},
                                  {"provider", text_or_null(line.provider)},
                                  {"model", text_or_null(line.model)},
                                  {"count", line.latency.count()},
                                  {"p50_ms", quantile(line.latency, 0.50)},
                                  {"p95_ms", quantile(line.latency, 0.95)},
                                  {"p99_ms", quantile(line.latency, 0.99)}});
    }
    return list_view(std::move(data), range);
}

Json errors_view(const std::vector<ErrorLine>& lines, AnalyticsRange range) {
    JsonArray data;
    for (const ErrorLine& line : lines) {
        data.push_back(JsonObject{{"stage", line.stage},
                                  {"provider", line.provider},
                                  {"code", line.code},
                                  {"count", line.errors},
                                  {"calls", line.calls}});
    }
    return list_view(std::move(data), range);
}

Json outcomes_view(const std::vector<OutcomeLine>& lines, AnalyticsRange range) {
    std::uint64_t total = 0;
    for (const OutcomeLine& line : lines) {
        total += line.figures.calls;
    }
    JsonArray data;
    for (const OutcomeLine& line : lines) {
        data.push_back(JsonObject{{"status", line.status},
                                  {"status_reason", text_or_null(line.status_reason)},
                                  {"agent_name", line.agent_name},
                                  {"workflow_slug", text_or_null(line.workflow_slug)},
                                  {"calls", line.figures.calls},
                                  {"share", percent(line.figures.calls, total)},
                                  {"avg_duration_seconds", average_duration(line.figures)},
                                  {"turns", line.figures.turns},
                                  {"interruptions", line.figures.interruptions},
                                  {"agent_handoffs", line.figures.handoffs}});
    }
    return list_view(std::move(data), range);
}

JsonObject usage_row(const services::PricedLine& priced, const std::string& currency) {
    const UsageLine& line = priced.line;
    const core::UsageAmounts& amounts = line.amounts;
    return {{"day", to_rfc3339(line.begins_at).substr(0, 10)},
            {"agent_name", line.agent_name},
            {"stage", line.stage},
            {"provider", line.provider},
            {"model", text_or_null(line.model)},
            {"requests", amounts.requests},
            {"input_tokens", amounts.input_tokens},
            {"output_tokens", amounts.output_tokens},
            {"characters", amounts.characters},
            {"audio_seconds", static_cast<double>(amounts.audio_ms) / 1'000.0},
            {"cost", priced.cost_millionths
                         ? Json(static_cast<double>(*priced.cost_millionths) / 1'000'000.0)
                         : Json(nullptr)},
            {"currency", currency}};
}

Json usage_view(const services::UsageReport& report, AnalyticsRange range) {
    JsonArray data;
    std::int64_t cost = 0;
    for (const services::PricedLine& priced : report.lines) {
        data.push_back(usage_row(priced, report.currency));
        cost += priced.cost_millionths.value_or(0);
    }
    JsonObject view = list_view(std::move(data), range);
    view["currency"] = report.currency;
    view["total_cost"] = static_cast<double>(cost) / 1'000'000.0;
    return view;
}

}  // namespace studio::adapters
