#include "adapters/sql/sql_analytics_store.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace studio::adapters {

namespace {

using core::SpanRun;
using core::TimeSpan;

template <class Value>
using Found = Result<Value, StoreError>;

/// $1 to $4 of every query below.
#define STUDIO_SPANS " WHERE tenant_id = $1 AND span = $2 AND begins_at >= $3 AND begins_at < $4"

Found<std::vector<SqlRow>> rows_of(SqlConnection& connection, const char* sql,
                                   const TenantId& tenant, const SpanRun& run) {
    return SqlQuery(connection, sql)
        .bind(tenant.text())
        .bind(static_cast<std::int64_t>(run.span))
        .bind(run.from)
        .bind(run.to)
        .rows();
}

std::uint64_t figure(const SqlRow& row, std::size_t column) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, row.number(column)));
}

core::UsageAmounts amounts_of(const SqlRow& row, std::size_t first) {
    return {.requests = figure(row, first),
            .input_tokens = figure(row, first + 1),
            .output_tokens = figure(row, first + 2),
            .characters = figure(row, first + 3),
            .audio_ms = figure(row, first + 4)};
}

/// Runs one statement for each run of spans that make up the range, and gives `take` every row.
template <class Take>
Found<bool> each_row(SqlConnection& connection, const char* sql, const TenantId& tenant,
                     const std::vector<SpanRun>& runs, const Take& take) {
    for (const SpanRun& run : runs) {
        const auto rows = rows_of(connection, sql, tenant, run);
        if (!rows) {
            return fail(rows.error());
        }
        std::for_each(rows->begin(), rows->end(), take);
    }
    return true;
}

/// The values of a map, those of which `weight` is greatest first, no more than lines_max.
template <class Key, class Line, class Weight>
std::vector<Line> heaviest(std::map<Key, Line> sums, const Weight& weight) {
    std::vector<Line> lines;
    lines.reserve(sums.size());
    for (auto& [key, line] : sums) {
        lines.push_back(std::move(line));
    }
    std::stable_sort(lines.begin(), lines.end(), [&weight](const Line& left, const Line& right) {
        return weight(left) > weight(right);
    });
    lines.resize(std::min(lines.size(), AnalyticsStore::lines_max));
    return lines;
}

Found<std::vector<OutcomeLine>> select_outcomes(SqlConnection& connection, const TenantId& tenant,
                                                const std::vector<SpanRun>& runs) {
    std::map<std::tuple<std::string, std::string, std::string, std::string>, OutcomeLine> sums;
    const auto done = each_row(
        connection,
        "SELECT agent_name, workflow_slug, status, status_reason, SUM(calls), SUM(begun),"
        " SUM(duration_ms), SUM(turns), SUM(interruptions), SUM(handoffs), SUM(tokens)"
        " FROM analytics_calls" STUDIO_SPANS
        " GROUP BY agent_name, workflow_slug, status, status_reason",
        tenant, runs, [&sums](const SqlRow& row) {
            OutcomeLine& line = sums[{row.text(0), row.text(1), row.text(2), row.text(3)}];
            line.agent_name = row.text(0);
            line.workflow_slug = row.text(1);
            line.status = row.text(2);
            line.status_reason = row.text(3);
            line.figures.add({figure(row, 4), figure(row, 5), figure(row, 6), figure(row, 7),
                              figure(row, 8), figure(row, 9), figure(row, 10)});
        });
    if (!done) {
        return fail(done.error());
    }
    return heaviest(std::move(sums), [](const OutcomeLine& line) { return line.figures.calls; });
}

Found<std::vector<VolumeLine>> select_volume(SqlConnection& connection, const TenantId& tenant,
                                             const std::vector<SpanRun>& runs) {
    std::vector<VolumeLine> lines;
    const auto done =
        each_row(connection,
                 "SELECT begins_at, status, SUM(calls) FROM analytics_calls" STUDIO_SPANS
                 " GROUP BY begins_at, status ORDER BY begins_at, status",
                 tenant, runs, [&lines](const SqlRow& row) {
                     lines.push_back({row.time(0), row.text(1), figure(row, 2)});
                 });
    if (!done) {
        return fail(done.error());
    }
    return lines;
}

Found<std::vector<UsageLine>> select_usage(SqlConnection& connection, const TenantId& tenant,
                                           const std::vector<SpanRun>& runs) {
    std::map<std::tuple<std::string, std::string, std::string, std::string>, UsageLine> sums;
    const auto done = each_row(
        connection,
        "SELECT agent_name, stage, provider, model, SUM(requests), SUM(input_tokens),"
        " SUM(output_tokens), SUM(characters), SUM(audio_ms), SUM(waits), SUM(waited_us)"
        " FROM analytics_usage" STUDIO_SPANS " GROUP BY agent_name, stage, provider, model",
        tenant, runs, [&sums](const SqlRow& row) {
            UsageLine& line = sums[{row.text(1), row.text(2), row.text(3), row.text(0)}];
            line.agent_name = row.text(0);
            line.stage = row.text(1);
            line.provider = row.text(2);
            line.model = row.text(3);
            line.amounts.add(amounts_of(row, 4));
            line.waits += figure(row, 9);
            line.waited_us += figure(row, 10);
        });
    if (!done) {
        return fail(done.error());
    }
    return heaviest(std::move(sums), [](const UsageLine& line) { return line.amounts.requests; });
}

Found<std::vector<UsageLine>> select_days(SqlConnection& connection, const TenantId& tenant,
                                          const std::vector<SpanRun>& runs) {
    std::vector<UsageLine> lines;
    const auto done = each_row(
        connection,
        "SELECT begins_at, agent_name, stage, provider, model, requests, input_tokens,"
        " output_tokens, characters, audio_ms, waits, waited_us FROM analytics_usage" STUDIO_SPANS
        " ORDER BY begins_at, agent_name, stage, provider, model LIMIT 10000",
        tenant, runs, [&lines](const SqlRow& row) {
            lines.push_back({row.time(0), row.text(1), row.text(2), row.text(3), row.text(4),
                             amounts_of(row, 5), figure(row, 10), figure(row, 11)});
        });
    if (!done) {
        return fail(done.error());
    }
    return lines;
}

Found<std::vector<LatencyLine>> select_latencies(SqlConnection& connection, const TenantId& tenant,
                                                 const std::vector<SpanRun>& runs) {
    std::map<std::tuple<std::string, std::string, std::string>, LatencyLine> sums;
    const auto done = each_row(
        connection,
        "SELECT stage, provider, model, bin, SUM(waits) FROM analytics_latency" STUDIO_SPANS
        " GROUP BY stage, provider, model, bin",
        tenant, runs, [&sums](const SqlRow& row) {
            LatencyLine& line = sums[{row.text(0), row.text(1), row.text(2)}];
            line.stage = row.text(0);
            line.provider = row.text(1);
            line.model = row.text(2);
            const std::uint64_t bin = figure(row, 3);
            if (bin < core::LatencyHistogram::bins_max) {
                line.latency.add_bin(static_cast<core::LatencyHistogram::Bin>(bin), figure(row, 4));
            }
        });
    if (!done) {
        return fail(done.error());
    }
    return heaviest(std::move(sums), [](const LatencyLine& line) { return line.latency.count(); });
}

Found<std::vector<ErrorLine>> select_errors(SqlConnection& connection, const TenantId& tenant,
                                            const std::vector<SpanRun>& runs) {
    std::map<std::tuple<std::string, std::string, std::string>, ErrorLine> sums;
    const auto done =
        each_row(connection,
                 "SELECT stage, provider, code, SUM(errors), SUM(calls)"
                 " FROM analytics_errors" STUDIO_SPANS " GROUP BY stage, provider, code",
                 tenant, runs, [&sums](const SqlRow& row) {
                     ErrorLine& line = sums[{row.text(0), row.text(1), row.text(2)}];
                     line.stage = row.text(0);
                     line.provider = row.text(1);
                     line.code = row.text(2);
                     line.errors += figure(row, 3);
                     line.calls += figure(row, 4);
                 });
    if (!done) {
        return fail(done.error());
    }
    return heaviest(std::move(sums), [](const ErrorLine& line) { return line.errors; });
}

#undef STUDIO_SPANS

Found<std::uint64_t> count_active(SqlConnection& connection, const TenantId& tenant) {
    const auto row = SqlQuery(connection,
                              "SELECT COUNT(*) FROM calls WHERE tenant_id = $1 AND status IN"
                              " ('connecting', 'dialing', 'ringing', 'active')")
                         .bind(tenant.text())
                         .row();
    if (!row) {
        return fail(row.error());
    }
    return figure(*row, 0);
}

Found<std::optional<WallTime>> select_since(SqlConnection& connection, const TenantId& tenant) {
    const auto rows = SqlQuery(connection, "SELECT since FROM analytics_heads WHERE tenant_id = $1")
                          .bind(tenant.text())
                          .rows();
    if (!rows) {
        return fail(rows.error());
    }
    return rows->empty() ? std::nullopt : std::optional(rows->front().time(0));
}

Found<Json> select_prices(SqlConnection& connection, const TenantId& tenant) {
    const auto row = SqlQuery(connection, "SELECT prices FROM price_lists WHERE tenant_id = $1")
                         .bind(tenant.text())
                         .row();
    if (!row) {
        return fail(row.error());
    }
    return row->json(0);
}

Found<bool> upsert_prices(SqlConnection& connection, const TenantId& tenant, const Json& prices,
                          WallTime now) {
    const auto written =
        SqlQuery(connection,
                 "INSERT INTO price_lists (tenant_id, prices, updated_at) VALUES ($1, $2, $3)"
                 " ON CONFLICT (tenant_id) DO UPDATE SET prices = excluded.prices,"
                 " updated_at = excluded.updated_at")
            .bind(tenant.text())
            .bind(prices)
            .bind(now)
            .run();
    if (!written) {
        return fail(written.error());
    }
    return true;
}

}  // namespace

AnalyticsStore::Outcome<std::vector<OutcomeLine>> SqlAnalyticsStore::outcomes(
    TenantId tenant, AnalyticsRange range) {
    return database_.run(
        loop_, SqlAccess::read,
        [tenant = std::move(tenant), runs = core::cover(range.from, range.to)](
            SqlConnection& connection) { return select_outcomes(connection, tenant, runs); });
}

AnalyticsStore::Outcome<std::vector<VolumeLine>> SqlAnalyticsStore::volume(TenantId tenant,
                                                                           AnalyticsRange range,
                                                                           TimeSpan span) {
    return database_.run(
        loop_, SqlAccess::read,
        [tenant = std::move(tenant), runs = core::cover(range.from, range.to, span, span)](
            SqlConnection& connection) { return select_volume(connection, tenant, runs); });
}

AnalyticsStore::Outcome<std::vector<UsageLine>> SqlAnalyticsStore::usage(TenantId tenant,
                                                                         AnalyticsRange range) {
    return database_.run(
        loop_, SqlAccess::read,
        [tenant = std::move(tenant), runs = core::cover(range.from, range.to)](
            SqlConnection& connection) { return select_usage(connection, tenant, runs); });
}

AnalyticsStore::Outcome<std::vector<UsageLine>> SqlAnalyticsStore::daily_usage(
    TenantId tenant, AnalyticsRange range) {
    return database_.run(
        loop_, SqlAccess::read,
        [tenant = std::move(tenant),
         runs = core::cover(range.from, range.to, TimeSpan::day, TimeSpan::day)](
            SqlConnection& connection) { return select_days(connection, tenant, runs); });
}

AnalyticsStore::Outcome<std::vector<LatencyLine>> SqlAnalyticsStore::latencies(
    TenantId tenant, AnalyticsRange range) {
    return database_.run(
        loop_, SqlAccess::read,
        [tenant = std::move(tenant), runs = core::cover(range.from, range.to)](
            SqlConnection& connection) { return select_latencies(connection, tenant, runs); });
}

AnalyticsStore::Outcome<std::vector<ErrorLine>> SqlAnalyticsStore::errors(TenantId tenant,
                                                                          AnalyticsRange range) {
    return database_.run(
        loop_, SqlAccess::read,
        [tenant = std::move(tenant), runs = core::cover(range.from, range.to)](
            SqlConnection& connection) { return select_errors(connection, tenant, runs); });
}

AnalyticsStore::Outcome<std::uint64_t> SqlAnalyticsStore::active(TenantId tenant) {
    return database_.run(loop_, SqlAccess::read,
                         [tenant = std::move(tenant)](SqlConnection& connection) {
                             return count_active(connection, tenant);
                         });
}

AnalyticsStore::Outcome<std::optional<WallTime>> SqlAnalyticsStore::since(TenantId tenant) {
    return database_.run(loop_, SqlAccess::read,
                         [tenant = std::move(tenant)](SqlConnection& connection) {
                             return select_since(connection, tenant);
                         });
}

AnalyticsStore::Outcome<Json> SqlAnalyticsStore::load_prices(TenantId tenant) {
    return database_.run(loop_, SqlAccess::read,
                         [tenant = std::move(tenant)](SqlConnection& connection) {
                             return select_prices(connection, tenant);
                         });
}

AnalyticsStore::Outcome<bool> SqlAnalyticsStore::save_prices(TenantId tenant, Json prices) {
    return database_.run(
        loop_, SqlAccess::write,
        [tenant = std::move(tenant), prices = std::move(prices), now = loop_.wall_now()](
            SqlConnection& connection) { return upsert_prices(connection, tenant, prices, now); });
}

}  // namespace studio::adapters
