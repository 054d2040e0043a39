#include "protocol/jwt/jwt.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <array>
#include <cmath>
#include <limits>

#include "base/base64.hpp"
#include "base/check.hpp"
#include "base/constant_time.hpp"

namespace studio::jwt {

namespace {

std::string encode(std::string_view bytes) {
    return encode_base64(bytes_of(bytes), Base64Kind::url_unpadded);
}

/// The 32 bytes of the signature.
std::string hmac_sha256(std::string_view text, const std::string& key) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    unsigned int size = 0;
    STUDIO_CHECK(key.size() <= std::size_t{std::numeric_limits<int>::max()}, "a key is short");
    const ByteView bytes = bytes_of(text);
    const unsigned char* const done = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                                           bytes.data(), bytes.size(), digest.data(), &size);
    STUDIO_CHECK(done != nullptr && size == digest.size(), "HMAC-SHA256 does not fail");
    return std::string(text_of(digest));
}

/// Header, claims and signature as they stand between the dots.
struct Parts {
    std::string_view header;
    std::string_view claims;
    std::string_view signature;
    /// What was signed.
    std::string_view signed_text;
};

std::optional<Parts> split(std::string_view token) {
    if (token.size() > token_bytes_max) {
        return std::nullopt;
    }
    const std::size_t first = token.find('.');
    if (first == std::string_view::npos) {
        return std::nullopt;
    }
    const std::size_t second = token.find('.', first + 1);
    if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
        return std::nullopt;
    }
    return Parts{token.substr(0, first), token.substr(first + 1, second - first - 1),
                 token.substr(second + 1), token.substr(0, second)};
}

std::optional<JsonObject> decode_object(std::string_view part) {
    const auto text = decode_base64(part, Base64Kind::url_unpadded);
    if (!text) {
        return std::nullopt;
    }
    auto json = parse_json(*text);
    if (!json || !json->is_object()) {
        return std::nullopt;
    }
    return std::move(json->get_object());
}

/// NumericDate of RFC 7519, section 2, which may have a fraction; nothing where it is none.
std::optional<double> date_of(const JsonObject& claims, std::string_view name) {
    const Json* const value = claims.if_contains({name.data(), name.size()});
    if (value == nullptr || !value->is_number()) {
        return std::nullopt;
    }
    const auto number = value->to_number<double>();
    return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

bool is_hs256(const JsonObject& header) {
    // An extension that must be understood (`crit`) is one that we do not understand.
    return member_text(header, "alg") == "HS256" && !header.contains("crit");
}

}  // namespace

std::string_view name_of(JwtError error) {
    switch (error) {
        case JwtError::malformed:
            return "malformed";
        case JwtError::wrong_algorithm:
            return "wrong_algorithm";
        case JwtError::bad_signature:
            return "bad_signature";
        case JwtError::expired:
            return "expired";
        case JwtError::not_yet_valid:
            return "not_yet_valid";
        case JwtError::wrong_issuer:
            return "wrong_issuer";
    }
    return "malformed";
}

Secret<std::string> sign_jwt(const JsonObject& claims, const Secret<std::string>& key) {
    std::string token = encode(R"({"alg":"HS256","typ":"JWT"})");
    token += '.';
    token += encode(serialize_json(claims));
    const std::string signature = hmac_sha256(token, key.reveal());
    token += '.';
    token += encode(signature);
    return Secret<std::string>(std::move(token));
}

Result<JsonObject, JwtError> verify_jwt(std::string_view token, const Secret<std::string>& key,
                                        const JwtCheck& check) {
    const auto parts = split(token);
    if (!parts) {
        return fail(JwtError::malformed);
    }
    const auto header = decode_object(parts->header);
    if (!header) {
        return fail(JwtError::malformed);
    }
    if (!is_hs256(*header)) {
        return fail(JwtError::wrong_algorithm);
    }
    const auto signature = decode_base64(parts->signature, Base64Kind::url_unpadded);
    // An empty key is one that was never configured: anybody could sign with it.
    if (!signature || key.reveal().empty() ||
        !equals_in_constant_time(*signature, hmac_sha256(parts->signed_text, key.reveal()))) {
        return fail(JwtError::bad_signature);
    }
    auto claims = decode_object(parts->claims);
    if (!claims) {
        return fail(JwtError::malformed);
    }
    const double now = static_cast<double>(check.now.time_since_epoch().count()) / 1000.0;
    const auto leeway = static_cast<double>(check.leeway.count());
    const auto expires = date_of(*claims, "exp");
    if (!expires || now >= *expires + leeway) {
        return fail(JwtError::expired);
    }
    if (claims->contains("nbf")) {
        const auto begins = date_of(*claims, "nbf");
        if (!begins || now + leeway < *begins) {
            return fail(JwtError::not_yet_valid);
        }
    }
    if (!check.issuer.empty() && member_text(*claims, "iss") != check.issuer) {
        return fail(JwtError::wrong_issuer);
    }
    return std::move(*claims);
}

std::optional<std::string> peek_issuer(std::string_view token) {
    const auto parts = split(token);
    const auto claims = parts ? decode_object(parts->claims) : std::nullopt;
    if (!claims) {
        return std::nullopt;
    }
    const std::string issuer = member_text(*claims, "iss");
    return issuer.empty() ? std::nullopt : std::optional(issuer);
}

std::string sha256_base64(std::string_view bytes) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    const ByteView view = bytes_of(bytes);
    SHA256(view.data(), view.size(), digest.data());
    return encode_base64(digest, Base64Kind::standard);
}

}  // namespace studio::jwt
