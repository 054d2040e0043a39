#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace studio {

/// The two alphabets of RFC 4648, sections 4 and 5.
enum class Base64Kind : std::uint8_t {
    /// `+` and `/`, padded with `=`.
    standard,
    /// `-` and `_`, padded.
    url,
    /// `-` and `_`, without padding: JSON Web Tokens (RFC 7515, section 2).
    url_unpadded,
};

[[nodiscard]] std::string encode_base64(ByteView bytes, Base64Kind kind);

/// Strict: nothing for any other byte, wrong padding, or bits that no encoder sets, so that a text
/// has one spelling only.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text, Base64Kind kind);

}  // namespace studio
