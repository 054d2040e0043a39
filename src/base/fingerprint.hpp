#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace studio {

/// FNV-1a, 64 bit: tells contents apart that nobody makes alike on purpose. Nothing secret and no
/// right may hang on it.
[[nodiscard]] std::uint64_t fnv1a(std::string_view content);

/// The same short text for equal JSON values, in whatever order their members stand.
[[nodiscard]] std::string fingerprint_of(const Json& value);

}  // namespace studio
