#pragma once

#include <string>
#include <string_view>

namespace studio {

/// Whether every byte belongs to a well-formed UTF-8 sequence (RFC 3629: shortest forms only, no
/// surrogates, nothing above U+10FFFF).
[[nodiscard]] bool is_utf8(std::string_view text);

/// Whether a text can be kept by every store and sent to every client: UTF-8 without NUL.
[[nodiscard]] bool is_plain_text(std::string_view text);

/// The text with each NUL, and each longest part that is no UTF-8, replaced by U+FFFD (the Unicode
/// Standard, section 3.9, "substitution of maximal subparts"); unchanged where is_plain_text.
[[nodiscard]] std::string to_plain_text(std::string_view text);

/// Characters (code points) of a text; a byte that begins none counts as one.
[[nodiscard]] std::size_t count_characters(std::string_view text);

}  // namespace studio
