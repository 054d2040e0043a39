#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace studio::core::internal {

/// A character of UTF-8 text. What is no UTF-8 is read byte by byte, as U+FFFD.
struct Character {
    std::uint32_t code = 0;
    std::size_t size = 1;
};

/// Precondition: `index` is within the text.
[[nodiscard]] Character read_character(std::string_view text, std::size_t index);

/// A letter, digit or syllable of any script: what a voice says (Unicode 15, by blocks; a mark that
/// only changes the letter before it is not said by itself).
[[nodiscard]] bool is_said(std::uint32_t code);

/// Emoji and pictures, which a voice would name ("party popper").
[[nodiscard]] bool is_picture(std::uint32_t code);

/// What only changes the look of the picture or letter before it: variation selectors, the keycap,
/// skin tones, tags.
[[nodiscard]] bool is_picture_modifier(std::uint32_t code);

}  // namespace studio::core::internal
