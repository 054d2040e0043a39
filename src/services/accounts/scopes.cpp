#include "services/accounts/scopes.hpp"

#include <algorithm>
#include <array>

#include "services/accounts/principal.hpp"

namespace studio::services {

namespace {

constexpr std::array<std::string_view, 25> scopes{
    "agents:read",    "agents:write",    "agents:delete",   "tools:read",       "tools:write",
    "tools:delete",   "workflows:read",  "workflows:write", "workflows:delete", "calls:read",
    "calls:create",   "calls:initiate",  "calls:control",   "calls:delete",     "webhooks:read",
    "webhooks:write", "webhooks:delete", "analytics:read",  "analytics:write",  "api_keys:read",
    "api_keys:write", "api_keys:delete", "users:read",      "users:write",      "users:delete",
};

/// What back ends and what marketing platforms call the same.
constexpr std::string_view create_calls = "calls:create";
constexpr std::string_view initiate_calls = "calls:initiate";

}  // namespace

std::span<const std::string_view> known_scopes() {
    return scopes;
}

bool is_scope(std::string_view text) {
    return text == all_scopes || std::find(scopes.begin(), scopes.end(), text) != scopes.end();
}

bool Principal::has_scope(std::string_view scope) const {
    const std::string_view same = scope == create_calls     ? initiate_calls
                                  : scope == initiate_calls ? create_calls
                                                            : scope;
    return std::any_of(scopes.begin(), scopes.end(), [scope, same](const std::string& granted) {
        return granted == all_scopes || granted == scope || granted == same;
    });
}

}  // namespace studio::services
