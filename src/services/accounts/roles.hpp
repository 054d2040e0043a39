#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "services/accounts/principal.hpp"

namespace studio::services {

/// What a person may be in a tenant. From `viewer` on each holds what the one before holds, but
/// designer and operator, who stand beside each other.
struct Role {
    std::string_view name;
    std::span<const std::string_view> scopes;
};

/// viewer, operator, designer, admin, owner.
[[nodiscard]] std::span<const Role> roles();
/// nullptr where there is no such role.
[[nodiscard]] const Role* find_role(std::string_view name);
[[nodiscard]] std::vector<std::string> scopes_of(const Role& role);

/// Whether somebody may make, change and send away people of a role: who holds all that it holds.
[[nodiscard]] bool may_manage(const Principal& who, const Role& role);

/// Of which every tenant keeps one.
inline constexpr std::string_view owner_role = "owner";

}  // namespace studio::services
