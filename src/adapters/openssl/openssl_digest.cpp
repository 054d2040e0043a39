#include "adapters/openssl/openssl_digest.hpp"

#include <openssl/evp.h>

#include <array>

#include "base/check.hpp"

namespace studio::adapters {

std::string OpensslDigest::sha256_hex(std::string_view text) const {
    std::array<unsigned char, 32> digest{};
    unsigned int size = 0;
    const int done =
        EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
    STUDIO_CHECK(done == 1 && size == digest.size(), "SHA-256 of memory cannot fail");
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    for (const unsigned char byte : digest) {
        hex += digits[byte >> 4U];
        hex += digits[byte & 0xFU];
    }
    return hex;
}

}  // namespace studio::adapters
