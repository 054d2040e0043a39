#include "adapters/access_tokens/jwt_access_tokens.hpp"

#include <utility>

#include "protocol/jwt/jwt.hpp"

namespace studio::adapters {

namespace {

/// Clocks of servers that share a key may be so far apart.
constexpr seconds leeway{5};
constexpr const char* access_type = "access";

std::int64_t date_of(WallTime time) {
    return std::chrono::floor<seconds>(time.time_since_epoch()).count();
}

std::optional<WallTime> time_of(const JsonObject& claims, std::string_view name) {
    const Json* const value = claims.if_contains({name.data(), name.size()});
    if (value == nullptr || !value->is_int64()) {
        return std::nullopt;
    }
    return WallTime{seconds{value->get_int64()}};
}

/// Claims whose signature and end hold.
std::optional<AccessClaims> claims_of(const JsonObject& json) {
    AccessClaims claims;
    claims.user_id = UserId(member_text(json, "sub"));
    claims.tenant_id = TenantId(member_text(json, "tenant_id"));
    const auto issued_at = time_of(json, "iat");
    const auto expires_at = time_of(json, "exp");
    const Json* const scopes = json.if_contains("scopes");
    if (member_text(json, "type") != access_type || claims.user_id.empty() ||
        claims.tenant_id.empty() || !issued_at || !expires_at || scopes == nullptr ||
        !scopes->is_array()) {
        return std::nullopt;
    }
    for (const Json& scope : scopes->get_array()) {
        if (!scope.is_string()) {
            return std::nullopt;
        }
        claims.scopes.emplace_back(scope.get_string());
    }
    claims.issued_at = *issued_at;
    claims.expires_at = *expires_at;
    return claims;
}

}  // namespace

Secret<std::string> JwtAccessTokens::issue(const AccessClaims& claims) const {
    JsonArray scopes;
    for (const std::string& scope : claims.scopes) {
        scopes.emplace_back(scope);
    }
    return jwt::sign_jwt(JsonObject{{"sub", claims.user_id.text()},
                                    {"tenant_id", claims.tenant_id.text()},
                                    {"type", access_type},
                                    {"scopes", std::move(scopes)},
                                    {"iat", date_of(claims.issued_at)},
                                    {"exp", date_of(claims.expires_at)}},
                         present_);
}

std::optional<AccessClaims> JwtAccessTokens::read(std::string_view token, WallTime now) const {
    const jwt::JwtCheck check{.now = now, .leeway = leeway};
    auto claims = jwt::verify_jwt(token, present_, check);
    if (!claims && !previous_.reveal().empty()) {
        claims = jwt::verify_jwt(token, previous_, check);
    }
    return claims ? claims_of(*claims) : std::nullopt;
}

}  // namespace studio::adapters
