#pragma once

#include <string>
#include <string_view>

#include "base/interface.hpp"

namespace studio {

/// A digest that only who has the key can make. Any thread.
class KeyedDigest : public Interface {
public:
    /// HMAC-SHA256 (RFC 2104) as 64 lower-case hexadecimal digits.
    [[nodiscard]] virtual std::string hmac_sha256_hex(std::string_view key,
                                                      std::string_view text) const = 0;
};

}  // namespace studio
