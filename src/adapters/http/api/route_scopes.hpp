#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "adapters/http/server/api_message.hpp"

namespace studio::adapters {

/// A route and what its key must have.
struct RouteScope {
    /// `GET /api/v1/agents`, as Route has method and pattern.
    std::string_view route;
    /// As Route::scope.
    std::string_view scope;
};

/// The one table of who may do what over HTTP. Paths outside /api/ (health, metrics, pages and the
/// contract) are not in it: they need no key.
[[nodiscard]] std::span<const RouteScope> route_scopes();

/// Gives the routes their scopes. One that is not in the table keeps its own: by default only keys
/// with every scope open it.
void set_scopes(std::vector<Route>& routes);

}  // namespace studio::adapters
