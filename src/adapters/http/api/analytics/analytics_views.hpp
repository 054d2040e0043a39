#pragma once

#include <vector>

#include "base/json.hpp"
#include "services/analytics/analytics.hpp"

namespace studio::adapters {

// The shapes in which the API shows figures (api/openapi.yaml). Averages and shares of nothing are
// null; figures of money are in the price list's currency.
[[nodiscard]] Json summary_view(const services::CallSummary& summary, AnalyticsRange range);
[[nodiscard]] Json volume_view(const std::vector<services::VolumeStep>& steps,
                               std::string_view interval, AnalyticsRange range);
[[nodiscard]] Json workflows_view(const std::vector<services::WorkflowStats>& list,
                                  AnalyticsRange range);
[[nodiscard]] Json latencies_view(const std::vector<LatencyLine>& lines, AnalyticsRange range);
[[nodiscard]] Json errors_view(const std::vector<ErrorLine>& lines, AnalyticsRange range);
[[nodiscard]] Json outcomes_view(const std::vector<OutcomeLine>& lines, AnalyticsRange range);
/// One line of usage, as JSON and as a row of a table.
[[nodiscard]] JsonObject usage_row(const services::PricedLine& priced, const std::string& currency);
[[nodiscard]] Json usage_view(const services::UsageReport& report, AnalyticsRange range);

}  // namespace studio::adapters
