#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "adapters/http/server/api_message.hpp"
#include "adapters/http/server/http_server.hpp"
#include "base/sensitive.hpp"
#include "runtime/loop.hpp"
#include "services/operations/health.hpp"
#include "services/resources/agent_check.hpp"

namespace studio::adapters {

/// For a server of nothing but these routes: few connections, so that who asks rarely, or dies
/// without a word, gives its one back within seconds. A scrape makes a new one at little cost.
[[nodiscard]] HttpServerOptions operator_server_options(std::string address, std::uint16_t port);

/// What operators and their machines ask every process for: health and metrics. Lives on its loop;
/// it outlives the server.
///
/// /metrics names routes, agents' pools and figures, no person; still it is not for everybody. With
/// a token, who sends `Authorization: Bearer <token>` sees it. Without one, only who asks directly
/// from a loopback or private address; what came through a proxy is refused, since the proxy's
/// address says nothing of who asks.
class OperatorApi {
public:
    struct Parts {
        services::Health& health;
        runtime::Loop& loop;
        /// Shown by GET /health.
        std::string version;
        /// Empty for none.
        Secret<std::string> metrics_token;
        /// Named by GET /health.
        std::vector<services::ProviderGap> provider_gaps;
    };

    explicit OperatorApi(Parts parts) : parts_(std::move(parts)) {}

    /// /health/live, /health/ready, /health, /metrics.
    [[nodiscard]] std::vector<Route> routes();

private:
    [[nodiscard]] Task<ApiReply> on_live(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_ready(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_health(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_metrics(ApiRequest request);

    Parts parts_;
};

}  // namespace studio::adapters
