#include "adapters/openssl/openssl_keyed_digest.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "base/check.hpp"

namespace studio::adapters {

std::string OpensslKeyedDigest::hmac_sha256_hex(std::string_view key, std::string_view text) const {
    std::array<unsigned char, 32> digest{};
    unsigned int size = 0;
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    const unsigned char* made = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes,
                                     text.size(), digest.data(), &size);
    STUDIO_CHECK(made != nullptr && size == digest.size(), "HMAC of memory cannot fail");
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    for (const unsigned char byte : digest) {
        hex += digits[byte >> 4U];
        hex += digits[byte & 0xFU];
    }
    return hex;
}

}  // namespace studio::adapters
