#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ports/access_tokens.hpp"

namespace studio::adapters {

/// Access tokens as JWT, HS256, with the claims sub, tenant_id, type ("access"), scopes, iat and
/// exp. Any thread.
class JwtAccessTokens final : public AccessTokens {
public:
    /// Signs with `present`; what `previous` signed is still read, so that a key is exchanged
    /// without anybody signing in anew. An empty `previous` is none.
    explicit JwtAccessTokens(Secret<std::string> present, Secret<std::string> previous = {})
        : present_(std::move(present)), previous_(std::move(previous)) {}

    [[nodiscard]] Secret<std::string> issue(const AccessClaims& claims) const override;
    [[nodiscard]] std::optional<AccessClaims> read(std::string_view token,
                                                   WallTime now) const override;

private:
    Secret<std::string> present_;
    Secret<std::string> previous_;
};

}  // namespace studio::adapters
