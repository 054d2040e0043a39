#pragma once

#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/http/server/stream.hpp"
#include "adapters/http/server/upgrade.hpp"
#include "base/json.hpp"
#include "base/sensitive.hpp"
#include "base/task.hpp"
#include "services/accounts/accounts.hpp"

namespace studio::adapters {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

/// A request that has passed the router, the key check and the limits.
struct ApiRequest {
    /// What stood in the place of each `{…}` of the route's pattern, decoded.
    std::vector<std::string> parameters;
    /// Names and values, decoded, in their order.
    HeaderList query;
    std::string body;
    /// The body of a route that takes JSON: an object.
    Json json;
    /// Empty on public routes.
    services::Principal principal;
    /// Of the headers of these names; empty where absent. The lists of entity tags are matched by
    /// matches_any_tag.
    std::string idempotency_key;
    std::string if_none_match;
    std::string if_match;
    /// What a stream's reader had last; at most 64 characters.
    std::string last_event_id;
    /// What `Authorization: Bearer` or `X-API-Key` gave, for routes that check it themselves.
    Secret<std::string> bearer;
    /// The whole Authorization header, for routes whose senders use no scheme.
    Secret<std::string> authorization;
    /// It came from a loopback or private address, and through no proxy that says so.
    bool is_internal = false;
};

struct ApiReply {
    int status = 200;
    std::string content_type = "application/json";
    std::string body;
    HeaderList headers;
    /// A body that lives as long as the process and is sent instead of `body`, without a copy.
    std::string_view static_body;
    /// Writes the body piece by piece, instead of `body`; not for HEAD.
    StreamWork stream;
    /// Of a route that upgrades: what talks over the WebSocket that the connection becomes, where
    /// the status is 101. Every other status refuses the upgrade.
    UpgradeWork upgrade;
};

/// What a route expects as its body.
enum class BodyKind : std::uint8_t {
    /// None; whatever is sent is read and passed over.
    none,
    json,
    /// application/merge-patch+json or application/json: a JSON Merge Patch.
    merge_patch,
    sdp,
    /// application/webhook+json or application/json, handed on as raw bytes.
    webhook,
};

using ApiHandler = std::function<Task<ApiReply>(ApiRequest)>;

/// In the place of a scope: it stands in api/route_scopes.cpp. Until it is taken from there only
/// keys with every scope open the route.
inline constexpr std::string_view scope_of_table = "*";
/// In the place of a scope: whoever has a valid key may come, whatever it may do.
inline constexpr std::string_view any_scope = "any";

/// One line of the table of routes.
struct Route {
    /// GET, POST, PUT, PATCH or DELETE; HEAD follows GET and OPTIONS is answered for all.
    std::string method;
    /// `/api/v1/agents/{name}`: a part in braces takes any one part of a path.
    std::string pattern;
    /// The scope that the key must have, or any_scope; empty for routes that need no key.
    std::string scope{scope_of_table};
    BodyKind body = BodyKind::none;
    ApiHandler handler;
    /// Only a request for a WebSocket comes to the handler; any other is answered with 426.
    bool upgrades = false;
};

/// A handler that is a member of `api`, which outlives the server.
template <class Api>
[[nodiscard]] ApiHandler handler_of(Api& api, Task<ApiReply> (Api::*member)(ApiRequest)) {
    return [&api, member](ApiRequest request) { return (api.*member)(std::move(request)); };
}

/// Adds `more` behind `routes`.
inline void append_routes(std::vector<Route>& routes, std::vector<Route> more) {
    routes.insert(routes.end(), std::make_move_iterator(more.begin()),
                  std::make_move_iterator(more.end()));
}

}  // namespace studio::adapters
