#pragma once

#include <span>
#include <string_view>

namespace studio::services {

/// Every scope.
inline constexpr std::string_view all_scopes = "*";

/// The scopes that there are, but `*`: `resource:read` sees, `resource:write` makes and changes,
/// `resource:delete` takes away; `calls:initiate` is another name of `calls:create`. Which route
/// wants which: adapters/http/api/route_scopes.cpp.
[[nodiscard]] std::span<const std::string_view> known_scopes();

/// Whether a text is `*` or a scope of the list.
[[nodiscard]] bool is_scope(std::string_view text);

}  // namespace studio::services
