#pragma once

#include "ports/keyed_digest.hpp"

namespace studio::adapters {

/// KeyedDigest on OpenSSL. Any thread.
class OpensslKeyedDigest final : public KeyedDigest {
public:
    [[nodiscard]] std::string hmac_sha256_hex(std::string_view key,
                                              std::string_view text) const override;
};

}  // namespace studio::adapters
