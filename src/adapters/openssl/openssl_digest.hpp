#pragma once

#include "ports/digest.hpp"

namespace studio::adapters {

/// Digest on OpenSSL. Any thread.
class OpensslDigest final : public Digest {
public:
    [[nodiscard]] std::string sha256_hex(std::string_view text) const override;
};

}  // namespace studio::adapters
