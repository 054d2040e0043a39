#include "adapters/sql/internal/analytics_writes.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "core/analytics/time_span.hpp"
#include "core/call/call_labels.hpp"

namespace studio::adapters {

namespace {

using core::TimeSpan;

std::int64_t to_number(std::uint64_t figure) {
    return static_cast<std::int64_t>(figure);
}

/// $1 is the tenant, $2 to $4 are the hour, day and month of the call.
SqlQuery& bind_spans(SqlQuery& query, const core::CallRecord& record) {
    query.bind(record.tenant_id.text());
    for (const TimeSpan span : core::time_spans) {
        query.bind(core::begin_of(span, record.created_at));
    }
    return query;
}

Result<void, StoreError> run(SqlQuery& query) {
    if (const auto done = query.run(); !done) {
        return fail(done.error());
    }
    return {};
}

/// Whoever comes here first goes on alone until its transaction is over: what follows is written in
/// no order that all keep, and two might wait for each other for ever.
Result<void, StoreError> lock_head(SqlConnection& connection, const core::CallRecord& record,
                                   WallTime now) {
    SqlQuery query(connection,
                   "INSERT INTO analytics_heads (tenant_id, since, calls) VALUES ($1, $2, 1)"
                   " ON CONFLICT (tenant_id) DO UPDATE SET calls = analytics_heads.calls + 1");
    query.bind(record.tenant_id.text()).bind(now);
    return run(query);
}

std::int64_t duration_ms(const core::CallRecord& record) {
    if (!record.started_at || !record.ended_at) {
        return 0;
    }
    return std::max<std::int64_t>(0, (*record.ended_at - *record.started_at).count());
}

#define STUDIO_CALL_FIGURES "$5, $6, $7, $8, 1, $9, $10, $11, $12, $13, $14)"

Result<void, StoreError> count_call(SqlConnection& connection, const core::CallRecord& record) {
    SqlQuery query(connection,
                   "INSERT INTO analytics_calls (tenant_id, span, begins_at, agent_name,"
                   " workflow_slug, status, status_reason, calls, begun, duration_ms, turns,"
                   " interruptions, handoffs, tokens) VALUES"
                   " ($1, 0, $2, " STUDIO_CALL_FIGURES ", ($1, 1, $3, " STUDIO_CALL_FIGURES
                   ", ($1, 2, $4, " STUDIO_CALL_FIGURES
                   " ON CONFLICT (tenant_id, span, begins_at, agent_name, workflow_slug, status,"
                   " status_reason) DO UPDATE SET calls = analytics_calls.calls + excluded.calls,"
                   " begun = analytics_calls.begun + excluded.begun,"
                   " duration_ms = analytics_calls.duration_ms + excluded.duration_ms,"
                   " turns = analytics_calls.turns + excluded.turns,"
                   " interruptions = analytics_calls.interruptions + excluded.interruptions,"
                   " handoffs = analytics_calls.handoffs + excluded.handoffs,"
                   " tokens = analytics_calls.tokens + excluded.tokens");
    const core::CallMetrics& metrics = record.metrics;
    bind_spans(query, record)
        .bind(record.agent_name)
        .bind(record.workflow_slug)
        .bind(core::name_of(record.status))
        .bind(record.status_reason)
        .bind(std::int64_t{record.started_at ? 1 : 0})
        .bind(duration_ms(record))
        .bind(std::int64_t{metrics.turns})
        .bind(std::int64_t{metrics.interruptions})
        .bind(std::int64_t{metrics.agent_handoffs})
        .bind(to_number(metrics.total_tokens));
    return run(query);
}

#undef STUDIO_CALL_FIGURES
#define STUDIO_USAGE_FIGURES "$5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"

Result<void, StoreError> count_usage(SqlConnection& connection, const core::CallRecord& record,
                                     const core::StageUsage& line) {
    SqlQuery query(connection,
                   "INSERT INTO analytics_usage (tenant_id, span, begins_at, agent_name, stage,"
                   " provider, model, requests, input_tokens, output_tokens, characters, audio_ms,"
                   " waits, waited_us) VALUES"
                   " ($1, 0, $2, " STUDIO_USAGE_FIGURES ", ($1, 1, $3, " STUDIO_USAGE_FIGURES
                   ", ($1, 2, $4, " STUDIO_USAGE_FIGURES
                   " ON CONFLICT (tenant_id, span, begins_at, agent_name, stage, provider, model)"
                   " DO UPDATE SET requests = analytics_usage.requests + excluded.requests,"
                   " input_tokens = analytics_usage.input_tokens + excluded.input_tokens,"
                   " output_tokens = analytics_usage.output_tokens + excluded.output_tokens,"
                   " characters = analytics_usage.characters + excluded.characters,"
                   " audio_ms = analytics_usage.audio_ms + excluded.audio_ms,"
                   " waits = analytics_usage.waits + excluded.waits,"
                   " waited_us = analytics_usage.waited_us + excluded.waited_us");
    const core::UsageAmounts& amounts = line.amounts;
    bind_spans(query, record)
        .bind(line.agent)
        .bind(core::name_of(line.stage))
        .bind(line.provider)
        .bind(line.model)
        .bind(to_number(amounts.requests))
        .bind(to_number(amounts.input_tokens))
        .bind(to_number(amounts.output_tokens))
        .bind(to_number(amounts.characters))
        .bind(to_number(amounts.audio_ms))
        .bind(to_number(line.latency.count()))
        .bind(to_number(line.latency_us));
    return run(query);
}

#undef STUDIO_USAGE_FIGURES

/// Of one statement; a call of fewer turns needs one for each stage.
constexpr std::size_t bins_a_statement = 8;
using Bins = std::vector<std::pair<core::LatencyHistogram::Bin, std::uint64_t>>;

#define STUDIO_BIN(bin, count) "(CAST($" #bin " AS BIGINT), CAST($" #count " AS BIGINT))"

/// The bins from `first` on. Places that are left over hold no count, and make no row.
Result<void, StoreError> count_bins(SqlConnection& connection, const core::CallRecord& record,
                                    const core::StageUsage& line, const Bins& bins,
                                    std::size_t first) {
    SqlQuery query(
        connection,
        "INSERT INTO analytics_latency (tenant_id, span, begins_at, stage, provider, model, bin,"
        " waits) SELECT CAST($1 AS TEXT), spans.column1, spans.column2, CAST($5 AS TEXT),"
        " CAST($6 AS TEXT), CAST($7 AS TEXT), bins.column1, bins.column2 FROM"
        " (VALUES (0, CAST($2 AS BIGINT)), (1, CAST($3 AS BIGINT)), (2, CAST($4 AS BIGINT)))"
        " AS spans, (VALUES " STUDIO_BIN(8, 9) ", " STUDIO_BIN(10, 11) ", " STUDIO_BIN(
            12, 13) ", " STUDIO_BIN(14, 15) ", " STUDIO_BIN(16, 17) ", " STUDIO_BIN(18, 19) ", "
            STUDIO_BIN(20, 21) ", " STUDIO_BIN(22, 23) ") AS bins WHERE bins.column2 > 0"
        " ON CONFLICT (tenant_id, span, begins_at, stage, provider, model, bin)"
        " DO UPDATE SET waits = analytics_latency.waits + excluded.waits");
    bind_spans(query, record).bind(core::name_of(line.stage)).bind(line.provider).bind(line.model);
    for (std::size_t index = first; index < first + bins_a_statement; ++index) {
        const bool is_bin = index < bins.size();
        query.bind(std::int64_t{is_bin ? bins[index].first : 0});
        query.bind(is_bin ? to_number(bins[index].second) : 0);
    }
    return run(query);
}

#undef STUDIO_BIN

/// Latencies are kept by provider, whoever the agent was.
std::vector<core::StageUsage> by_provider(const std::vector<core::StageUsage>& usage) {
    std::map<std::tuple<core::UsageStage, std::string, std::string>, core::LatencyHistogram> sums;
    for (const core::StageUsage& line : usage) {
        sums[{line.stage, line.provider, line.model}].merge(line.latency);
    }
    std::vector<core::StageUsage> lines;
    for (auto& [key, latency] : sums) {
        auto& [stage, provider, model] = key;
        core::StageUsage line{stage, provider, model, {}};
        line.latency = std::move(latency);
        lines.push_back(std::move(line));
    }
    return lines;
}

Result<void, StoreError> count_latencies(SqlConnection& connection,
                                         const core::CallRecord& record) {
    for (const core::StageUsage& line : by_provider(record.usage)) {
        const Bins bins(line.latency.bins().begin(), line.latency.bins().end());
        for (std::size_t first = 0; first < bins.size(); first += bins_a_statement) {
            if (auto counted = count_bins(connection, record, line, bins, first); !counted) {
                return counted;
            }
        }
    }
    return {};
}

Result<void, StoreError> count_error(SqlConnection& connection, const core::CallRecord& record,
                                     const core::CallError& error) {
    SqlQuery query(connection,
                   "INSERT INTO analytics_errors (tenant_id, span, begins_at, stage, provider,"
                   " code, errors, calls) VALUES ($1, 0, $2, $5, $6, $7, $8, 1),"
                   " ($1, 1, $3, $5, $6, $7, $8, 1), ($1, 2, $4, $5, $6, $7, $8, 1)"
                   " ON CONFLICT (tenant_id, span, begins_at, stage, provider, code) DO UPDATE SET"
                   " errors = analytics_errors.errors + excluded.errors,"
                   " calls = analytics_errors.calls + excluded.calls");
    bind_spans(query, record)
        .bind(core::name_of(error.stage))
        .bind(error.provider)
        .bind(error.code)
        .bind(std::int64_t{error.count});
    return run(query);
}

}  // namespace

Result<void, StoreError> count_ended_call(SqlConnection& connection, const core::CallRecord& record,
                                          WallTime now) {
    if (auto locked = lock_head(connection, record, now); !locked) {
        return locked;
    }
    if (auto counted = count_call(connection, record); !counted) {
        return counted;
    }
    for (const core::StageUsage& line : record.usage) {
        if (auto counted = count_usage(connection, record, line); !counted) {
            return counted;
        }
    }
    if (auto counted = count_latencies(connection, record); !counted) {
        return counted;
    }
    for (const core::CallError& error : record.errors) {
        if (auto counted = count_error(connection, record, error); !counted) {
            return counted;
        }
    }
    return {};
}

Result<void, StoreError> insert_labels(SqlConnection& connection, const core::CallRecord& record) {
    for (const auto& [name, value] : core::labels_of(record.metadata)) {
        SqlQuery query(connection,
                       "INSERT INTO call_labels (call_id, owner, label, value, made_at)"
                       " VALUES ($1, $2, $3, $4, $5)");
        query.bind(record.id.text()).bind(record.tenant_id.text()).bind(name).bind(value);
        query.bind(record.created_at);
        if (auto inserted = run(query); !inserted) {
            return inserted;
        }
    }
    return {};
}

}  // namespace studio::adapters
