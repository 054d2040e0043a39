#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/sensitive.hpp"

namespace studio::srtp {

/// Protection profiles by their DTLS-SRTP numbers (RFC 5764, section 4.1.2; RFC 7714,
/// section 14.2).
enum class Profile : std::uint16_t {
    aes128_cm_sha1_80 = 0x0001,
    aead_aes_128_gcm = 0x0007,
};

/// Which side of the DTLS handshake we were: it decides which half of the keys we send with.
enum class Role : std::uint8_t { client, server };

/// Two keys of 16 bytes and two salts of at most 14.
inline constexpr std::size_t keying_bytes_max = 60;

/// What both sides export after the handshake under the label EXTRACTOR-dtls_srtp (RFC 5764,
/// section 4.2): client key, server key, client salt, server salt.
struct Keying {
    Profile profile = Profile::aead_aes_128_gcm;
    Role role = Role::client;
    /// keying_bytes(profile) of them count.
    Secret<std::array<std::uint8_t, keying_bytes_max>> material;
};

/// Salts have 14 bytes in counter mode (RFC 3711) and 12 in GCM (RFC 7714).
[[nodiscard]] constexpr std::size_t salt_bytes(Profile profile) {
    return profile == Profile::aead_aes_128_gcm ? 12 : 14;
}
inline constexpr std::size_t key_bytes = 16;
[[nodiscard]] constexpr std::size_t keying_bytes(Profile profile) {
    return 2 * (key_bytes + salt_bytes(profile));
}

}  // namespace studio::srtp
