#include "adapters/http/api/analytics/analytics_api.hpp"

#include <string>
#include <utility>

#include "adapters/http/api/analytics/analytics_views.hpp"
#include "adapters/http/api/query_reader.hpp"
#include "adapters/http/api/table_text.hpp"
#include "adapters/http/server/replies.hpp"
#include "services/analytics/analytics_range.hpp"

namespace studio::adapters {

namespace {

using services::VolumeInterval;

const std::vector<std::string_view>& usage_columns() {
    static const std::vector<std::string_view> names{
        "day",          "agent_name",    "stage",      "provider",      "model", "requests",
        "input_tokens", "output_tokens", "characters", "audio_seconds", "cost",  "currency"};
    return names;
}

/// Whole hours, as the query asks for them. Reads the fields of the range, and no more of the query
/// follows.
services::ServiceResult<AnalyticsRange> read_range(QueryReader& reader, WallTime now) {
    services::AskedRange asked;
    const std::string period = reader.read_word("period", {"1h", "24h", "7d", "30d"});
    asked.period = period;
    asked.after = reader.read_time("started_after");
    asked.before = reader.read_time("started_before");
    auto errors = reader.finish();
    if (!errors.empty()) {
        return fail(services::invalid(std::move(errors)));
    }
    const auto range = services::resolve_range(asked, now);
    if (!range) {
        return fail(services::invalid(range.error()));
    }
    return *range;
}

VolumeInterval interval_of(const std::string& word) {
    if (word == "day") {
        return VolumeInterval::day;
    }
    return word == "week" ? VolumeInterval::week : VolumeInterval::hour;
}

ApiReply usage_table(const services::UsageReport& report, TableFormat format) {
    ApiReply reply;
    reply.content_type = content_type_of(format);
    const bool is_csv = format == TableFormat::csv;
    reply.body = is_csv ? csv_head(usage_columns()) : std::string();
    for (const services::PricedLine& line : report.lines) {
        reply.body += table_row(format, usage_row(line, report.currency), usage_columns());
    }
    reply.headers.emplace_back("Content-Disposition", is_csv
                                                          ? "attachment; filename=\"usage.csv\""
                                                          : "attachment; filename=\"usage.jsonl\"");
    return reply;
}

}  // namespace

std::vector<Route> AnalyticsApi::routes() {
    const auto handler = [this](auto member) { return handler_of(*this, member); };
    const std::string all = "/api/v1/analytics";
    const std::string prices = "/api/v1/prices";
    const std::string scope(scope_of_table);
    return {
        {"GET", all + "/summary", scope, BodyKind::none, handler(&AnalyticsApi::on_summary)},
        {"GET", all + "/call-volume", scope, BodyKind::none, handler(&AnalyticsApi::on_volume)},
        {"GET", all + "/workflow-stats", scope, BodyKind::none,
         handler(&AnalyticsApi::on_workflows)},
        {"GET", all + "/provider-latency", scope, BodyKind::none,
         handler(&AnalyticsApi::on_latencies)},
        {"GET", all + "/errors", scope, BodyKind::none, handler(&AnalyticsApi::on_errors)},
        {"GET", all + "/outcomes", scope, BodyKind::none, handler(&AnalyticsApi::on_outcomes)},
        {"GET", "/api/v1/usage", scope, BodyKind::none, handler(&AnalyticsApi::on_usage)},
        {"GET", prices, scope, BodyKind::none, handler(&AnalyticsApi::on_prices)},
        {"PUT", prices, scope, BodyKind::json, handler(&AnalyticsApi::on_set_prices)},
    };
}

Task<ApiReply> AnalyticsApi::on_summary(ApiRequest request) {
    QueryReader reader(request.query);
    const auto range = read_range(reader, parts_.loop.wall_now());
    if (!range) {
        co_return error_reply(range.error());
    }
    const auto summary =
        co_await parts_.analytics.summary(std::move(request.principal.tenant_id), *range);
    co_return summary ? json_reply(200, summary_view(*summary, *range))
                      : error_reply(summary.error());
}

Task<ApiReply> AnalyticsApi::on_volume(ApiRequest request) {
    QueryReader reader(request.query);
    std::string interval = reader.read_word("interval", {"hour", "day", "week"});
    if (interval.empty()) {
        interval = "hour";
    }
    const auto range = read_range(reader, parts_.loop.wall_now());
    if (!range) {
        co_return error_reply(range.error());
    }
    const auto steps = co_await parts_.analytics.volume(std::move(request.principal.tenant_id),
                                                        *range, interval_of(interval));
    co_return steps ? json_reply(200, volume_view(*steps, interval, *range))
                    : error_reply(steps.error());
}

Task<ApiReply> AnalyticsApi::on_workflows(ApiRequest request) {
    QueryReader reader(request.query);
    const auto range = read_range(reader, parts_.loop.wall_now());
    if (!range) {
        co_return error_reply(range.error());
    }
    const auto list =
        co_await parts_.analytics.workflows(std::move(request.principal.tenant_id), *range);
    co_return list ? json_reply(200, workflows_view(*list, *range)) : error_reply(list.error());
}

Task<ApiReply> AnalyticsApi::on_latencies(ApiRequest request) {
    QueryReader reader(request.query);
    const auto range = read_range(reader, parts_.loop.wall_now());
    if (!range) {
        co_return error_reply(range.error());
    }
    const auto lines =
        co_await parts_.analytics.latencies(std::move(request.principal.tenant_id), *range);
    co_return lines ? json_reply(200, latencies_view(*lines, *range)) : error_reply(lines.error());
}

Task<ApiReply> AnalyticsApi::on_errors(ApiRequest request) {
    QueryReader reader(request.query);
    const auto range = read_range(reader, parts_.loop.wall_now());
    if (!range) {
        co_return error_reply(range.error());
    }
    const auto lines =
        co_await parts_.analytics.errors(std::move(request.principal.tenant_id), *range);
    co_return lines ? json_reply(200, errors_view(*lines, *range)) : error_reply(lines.error());
}

Task<ApiReply> AnalyticsApi::on_outcomes(ApiRequest request) {
    QueryReader reader(request.query);
    const auto range = read_range(reader, parts_.loop.wall_now());
    if (!range) {
        co_return error_reply(range.error());
    }
    const auto lines =
        co_await parts_.analytics.outcomes(std::move(request.principal.tenant_id), *range);
    co_return lines ? json_reply(200, outcomes_view(*lines, *range)) : error_reply(lines.error());
}

Task<ApiReply> AnalyticsApi::on_usage(ApiRequest request) {
    QueryReader reader(request.query);
    const std::string format = reader.read_word("format", {"json", "csv", "jsonl"});
    auto range = read_range(reader, parts_.loop.wall_now());
    if (!range) {
        co_return error_reply(range.error());
    }
    // Whole days are told, and said to be.
    range->from = core::begin_of(core::TimeSpan::day, range->from);
    range->to = core::end_of(core::TimeSpan::day, range->to - milliseconds{1});
    const auto report =
        co_await parts_.analytics.usage(std::move(request.principal.tenant_id), *range);
    if (!report) {
        co_return error_reply(report.error());
    }
    if (format == "csv" || format == "jsonl") {
        co_return usage_table(*report, format == "csv" ? TableFormat::csv : TableFormat::jsonl);
    }
    co_return json_reply(200, usage_view(*report, *range));
}

Task<ApiReply> AnalyticsApi::on_prices(ApiRequest request) {
    const auto list = co_await parts_.analytics.prices(std::move(request.principal.tenant_id));
    co_return list ? json_reply(200, core::to_json(*list)) : error_reply(list.error());
}

Task<ApiReply> AnalyticsApi::on_set_prices(ApiRequest request) {
    const auto list = co_await parts_.analytics.set_prices(std::move(request.principal.tenant_id),
                                                           std::move(request.json));
    co_return list ? json_reply(200, core::to_json(*list)) : error_reply(list.error());
}

}  // namespace studio::adapters
