#include "services/accounts/roles.hpp"

#include <algorithm>
#include <array>

#include "services/accounts/scopes.hpp"

namespace studio::services {

namespace {

constexpr std::array<std::string_view, 5> viewer_scopes{
    "agents:read", "tools:read", "workflows:read", "calls:read", "analytics:read"};
constexpr std::array<std::string_view, 8> operator_scopes{
    "agents:read",  "tools:read",    "workflows:read", "calls:read",
    "calls:create", "calls:control", "analytics:read", "webhooks:read"};
constexpr std::array<std::string_view, 13> designer_scopes{
    "agents:read",  "agents:write",   "agents:delete",   "tools:read",       "tools:write",
    "tools:delete", "workflows:read", "workflows:write", "workflows:delete", "calls:read",
    "calls:create", "analytics:read", "webhooks:read"};
constexpr std::array<std::string_view, 1> owner_scopes{all_scopes};

}  // namespace

std::span<const Role> roles() {
    // An admin may do everything that there is now; an owner, also what comes later.
    static const std::array<Role, 5> list{{{"viewer", viewer_scopes},
                                           {"operator", operator_scopes},
                                           {"designer", designer_scopes},
                                           {"admin", known_scopes()},
                                           {owner_role, owner_scopes}}};
    return list;
}

const Role* find_role(std::string_view name) {
    const auto all = roles();
    const auto found = std::find_if(all.begin(), all.end(),
                                    [name](const Role& role) { return role.name == name; });
    return found == all.end() ? nullptr : &*found;
}

std::vector<std::string> scopes_of(const Role& role) {
    return {role.scopes.begin(), role.scopes.end()};
}

bool may_manage(const Principal& who, const Role& role) {
    return std::all_of(role.scopes.begin(), role.scopes.end(),
                       [&who](std::string_view scope) { return who.has_scope(scope); });
}

}  // namespace studio::services
