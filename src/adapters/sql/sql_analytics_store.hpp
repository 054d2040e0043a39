#pragma once

#include "adapters/sql/sql_database.hpp"
#include "ports/analytics_store.hpp"
#include "runtime/loop.hpp"

namespace studio::adapters {

/// AnalyticsStore in an SQL database. One object per loop, all on the same database; used on its
/// loop only. It and the database outlive its tasks.
class SqlAnalyticsStore final : public AnalyticsStore {
public:
    SqlAnalyticsStore(SqlDatabase& database, runtime::Loop& loop)
        : database_(database), loop_(loop) {}

    [[nodiscard]] Outcome<std::vector<OutcomeLine>> outcomes(TenantId tenant,
                                                             AnalyticsRange range) override;
    [[nodiscard]] Outcome<std::vector<VolumeLine>> volume(TenantId tenant, AnalyticsRange range,
                                                          core::TimeSpan span) override;
    [[nodiscard]] Outcome<std::vector<UsageLine>> usage(TenantId tenant,
                                                        AnalyticsRange range) override;
    [[nodiscard]] Outcome<std::vector<UsageLine>> daily_usage(TenantId tenant,
                                                              AnalyticsRange range) override;
    [[nodiscard]] Outcome<std::vector<LatencyLine>> latencies(TenantId tenant,
                                                              AnalyticsRange range) override;
    [[nodiscard]] Outcome<std::vector<ErrorLine>> errors(TenantId tenant,
                                                         AnalyticsRange range) override;
    [[nodiscard]] Outcome<std::uint64_t> active(TenantId tenant) override;
    [[nodiscard]] Outcome<std::optional<WallTime>> since(TenantId tenant) override;
    [[nodiscard]] Outcome<Json> load_prices(TenantId tenant) override;
    [[nodiscard]] Outcome<bool> save_prices(TenantId tenant, Json prices) override;

private:
    SqlDatabase& database_;
    runtime::Loop& loop_;
};

}  // namespace studio::adapters
