#pragma once

#include <vector>

#include "adapters/http/server/api_message.hpp"
#include "services/analytics/analytics.hpp"

namespace studio::adapters {

/// /api/v1/analytics, /usage and /prices. Lives on the loop of the use cases, which outlive it; it
/// outlives the server.
class AnalyticsApi {
public:
    struct Parts {
        services::Analytics& analytics;
        runtime::Loop& loop;
    };

    explicit AnalyticsApi(const Parts& parts) : parts_(parts) {}

    [[nodiscard]] std::vector<Route> routes();

private:
    [[nodiscard]] Task<ApiReply> on_summary(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_volume(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_workflows(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_latencies(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_errors(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_outcomes(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_usage(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_prices(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_set_prices(ApiRequest request);

    Parts parts_;
};

}  // namespace studio::adapters
