#pragma once

#include <string>
#include <string_view>

#include "base/interface.hpp"

namespace studio {

/// A one-way digest. Any thread.
class Digest : public Interface {
public:
    /// SHA-256 (FIPS 180-4) as 64 lower-case hexadecimal digits.
    [[nodiscard]] virtual std::string sha256_hex(std::string_view text) const = 0;
};

}  // namespace studio
