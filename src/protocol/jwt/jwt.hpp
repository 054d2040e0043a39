#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/result.hpp"
#include "base/sensitive.hpp"
#include "base/time.hpp"

namespace studio::jwt {

enum class JwtError : std::uint8_t {
    /// No compact JSON Web Signature, no JSON in it, or too long.
    malformed,
    /// Signed by anything but HS256, `none` included.
    wrong_algorithm,
    /// Somebody else signed it, or it was changed.
    bad_signature,
    /// No `exp`, or it has passed.
    expired,
    /// `nbf` is still to come.
    not_yet_valid,
    /// `iss` is not who was expected.
    wrong_issuer,
};

[[nodiscard]] std::string_view name_of(JwtError error);

/// Longer tokens are not looked at. A token with metadata of 64 KiB still fits.
inline constexpr std::size_t token_bytes_max = 128U << 10U;

/// What must hold of a token.
struct JwtCheck {
    WallTime now{};
    /// How far clocks may be apart; LiveKit's own value.
    seconds leeway{60};
    /// Empty takes any.
    std::string issuer{};
};

/// A signed token (RFC 7515 compact form, HS256 of RFC 7518). Pure.
[[nodiscard]] Secret<std::string> sign_jwt(const JsonObject& claims,
                                           const Secret<std::string>& key);

/// The claims of a token whose signature, `exp` (which must be there), `nbf` and issuer hold. The
/// signature is compared in constant time, and before anything in the claims is believed.
[[nodiscard]] Result<JsonObject, JwtError> verify_jwt(std::string_view token,
                                                      const Secret<std::string>& key,
                                                      const JwtCheck& check);

/// The `iss` of a token that nobody has verified: only good to choose the key to verify it with.
[[nodiscard]] std::optional<std::string> peek_issuer(std::string_view token);

/// SHA-256 in standard base64, as webhooks carry it.
[[nodiscard]] std::string sha256_base64(std::string_view bytes);

}  // namespace studio::jwt
