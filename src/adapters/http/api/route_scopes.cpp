#include "adapters/http/api/route_scopes.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace studio::adapters {

namespace {

// clang-format off
constexpr std::array table{
    RouteScope{"GET /api/v1/auth/me", any_scope},
    RouteScope{"GET /api/v1/auth/api-keys", "api_keys:read"},
    RouteScope{"POST /api/v1/auth/api-keys", "api_keys:write"},
    RouteScope{"DELETE /api/v1/auth/api-keys/{id}", "api_keys:delete"},
    // Whoever is not signed in yet, or not any more.
    RouteScope{"POST /api/v1/auth/login", ""},
    RouteScope{"POST /api/v1/auth/refresh", ""},
    RouteScope{"POST /api/v1/auth/logout", ""},
    RouteScope{"POST /api/v1/auth/invitations/accept", ""},
    RouteScope{"POST /api/v1/auth/password", any_scope},
    RouteScope{"GET /api/v1/users", "users:read"},
    RouteScope{"POST /api/v1/users", "users:write"},
    RouteScope{"GET /api/v1/users/{id}", "users:read"},
    RouteScope{"PATCH /api/v1/users/{id}", "users:write"},
    RouteScope{"DELETE /api/v1/users/{id}", "users:delete"},
    RouteScope{"POST /api/v1/users/{id}/invitation", "users:write"},
    RouteScope{"GET /api/v1/agents", "agents:read"},
    RouteScope{"POST /api/v1/agents", "agents:write"},
    RouteScope{"GET /api/v1/agents/{name}", "agents:read"},
    RouteScope{"PUT /api/v1/agents/{name}", "agents:write"},
    RouteScope{"PATCH /api/v1/agents/{name}", "agents:write"},
    RouteScope{"DELETE /api/v1/agents/{name}", "agents:delete"},
    RouteScope{"GET /api/v1/tools", "tools:read"},
    RouteScope{"POST /api/v1/tools", "tools:write"},
    RouteScope{"GET /api/v1/tools/{name}", "tools:read"},
    RouteScope{"PUT /api/v1/tools/{name}", "tools:write"},
    RouteScope{"PATCH /api/v1/tools/{name}", "tools:write"},
    RouteScope{"DELETE /api/v1/tools/{name}", "tools:delete"},
    RouteScope{"GET /api/v1/workflows", "workflows:read"},
    RouteScope{"POST /api/v1/workflows", "workflows:write"},
    RouteScope{"GET /api/v1/workflows/{slug}", "workflows:read"},
    RouteScope{"PUT /api/v1/workflows/{slug}", "workflows:write"},
    RouteScope{"PATCH /api/v1/workflows/{slug}", "workflows:write"},
    RouteScope{"DELETE /api/v1/workflows/{slug}", "workflows:delete"},
    RouteScope{"PUT /api/v1/workflows/{slug}/nodes/{id}", "workflows:write"},
    RouteScope{"DELETE /api/v1/workflows/{slug}/nodes/{id}", "workflows:write"},
    RouteScope{"PUT /api/v1/workflows/{slug}/connections/{id}", "workflows:write"},
    RouteScope{"DELETE /api/v1/workflows/{slug}/connections/{id}", "workflows:write"},
    RouteScope{"GET /api/v1/calls", "calls:read"},
    RouteScope{"POST /api/v1/calls", "calls:create"},
    RouteScope{"GET /api/v1/calls/{id}", "calls:read"},
    RouteScope{"GET /api/v1/calls/{id}/transcript", "calls:read"},
    RouteScope{"GET /api/v1/calls/{id}/metrics", "calls:read"},
    RouteScope{"POST /api/v1/calls/{id}/sdp", "calls:create"},
    RouteScope{"POST /api/v1/calls/{id}/end", "calls:create"},
    RouteScope{"POST /api/v1/agents/{name}/chat", "calls:create"},
    RouteScope{"POST /api/v1/workflows/{slug}/chat", "calls:create"},
    RouteScope{"POST /api/v1/tools/{name}/try", "calls:create"},
    RouteScope{"GET /api/v1/calls/export", "calls:read"},
    RouteScope{"DELETE /api/v1/calls/{id}", "calls:delete"},
    RouteScope{"DELETE /api/v1/callers/{user_id}/data", "calls:delete"},
    RouteScope{"POST /api/v1/calls/{id}/say", "calls:control"},
    RouteScope{"POST /api/v1/calls/{id}/inject", "calls:control"},
    RouteScope{"POST /api/v1/calls/{id}/transfer", "calls:control"},
    RouteScope{"POST /api/v1/calls/{id}/mute_agent", "calls:control"},
    RouteScope{"GET /api/v1/sse/calls/stream", "calls:read"},
    RouteScope{"GET /api/v1/sse/calls/{id}/stream", "calls:read"},
    // It looks at the key itself, which may stand in the query.
    RouteScope{"GET /api/v1/ws/calls", ""},
    RouteScope{"GET /api/v1/analytics/summary", "analytics:read"},
    RouteScope{"GET /api/v1/analytics/call-volume", "analytics:read"},
    RouteScope{"GET /api/v1/analytics/workflow-stats", "analytics:read"},
    RouteScope{"GET /api/v1/analytics/provider-latency", "analytics:read"},
    RouteScope{"GET /api/v1/analytics/errors", "analytics:read"},
    RouteScope{"GET /api/v1/analytics/outcomes", "analytics:read"},
    RouteScope{"GET /api/v1/usage", "analytics:read"},
    RouteScope{"GET /api/v1/prices", "analytics:read"},
    RouteScope{"PUT /api/v1/prices", "analytics:write"},
    RouteScope{"GET /api/v1/webhooks", "webhooks:read"},
    RouteScope{"POST /api/v1/webhooks", "webhooks:write"},
    RouteScope{"GET /api/v1/webhooks/{id}", "webhooks:read"},
    RouteScope{"PATCH /api/v1/webhooks/{id}", "webhooks:write"},
    RouteScope{"DELETE /api/v1/webhooks/{id}", "webhooks:write"},
    RouteScope{"POST /api/v1/webhooks/{id}/rotate-secret", "webhooks:write"},
    RouteScope{"POST /api/v1/webhooks/{id}/test", "webhooks:write"},
    RouteScope{"GET /api/v1/webhooks/{id}/deliveries", "webhooks:read"},
    RouteScope{"POST /api/v1/webhooks/{id}/deliveries/{delivery_id}/redeliver", "webhooks:write"},
    RouteScope{"POST /api/v1/webhooks/ingest", "calls:create"},
    // Signed by the media server.
    RouteScope{"POST /api/v1/livekit/webhook", ""},
};
// clang-format on

}  // namespace

std::span<const RouteScope> route_scopes() {
    return table;
}

void set_scopes(std::vector<Route>& routes) {
    for (Route& route : routes) {
        const std::string name = route.method + ' ' + route.pattern;
        const auto* const found =
            std::find_if(table.begin(), table.end(),
                         [&name](const RouteScope& line) { return line.route == name; });
        if (found != table.end()) {
            route.scope = found->scope;
        }
    }
}

}  // namespace studio::adapters
