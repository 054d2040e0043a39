#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/interface.hpp"
#include "base/sensitive.hpp"
#include "base/strong_id.hpp"
#include "base/time.hpp"
#include "ports/user_store.hpp"

namespace studio {

/// What an access token says.
struct AccessClaims {
    UserId user_id;
    TenantId tenant_id;
    std::vector<std::string> scopes;
    /// Both to the second.
    WallTime issued_at{};
    WallTime expires_at{};
};

/// Signed texts that say who somebody is, for a while. On one loop.
class AccessTokens : public Interface {
public:
    [[nodiscard]] virtual Secret<std::string> issue(const AccessClaims& claims) const = 0;
    /// Nothing where the text is no access token of ours, or is over at `now`.
    [[nodiscard]] virtual std::optional<AccessClaims> read(std::string_view token,
                                                           WallTime now) const = 0;
};

}  // namespace studio
