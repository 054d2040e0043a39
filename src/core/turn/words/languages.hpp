#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/turn/turn_text.hpp"

namespace studio::core {

// The words of each language that has lists of its own; chosen by turn_words(). One file each.
[[nodiscard]] TurnWords chinese_turn_words();
[[nodiscard]] TurnWords french_turn_words();
[[nodiscard]] TurnWords german_turn_words();
[[nodiscard]] TurnWords hindi_turn_words();
[[nodiscard]] TurnWords japanese_turn_words();
[[nodiscard]] TurnWords portuguese_turn_words();
[[nodiscard]] TurnWords spanish_turn_words();

/// "a, b c, d" as entries; each is trimmed of spaces, and there are none that are empty.
[[nodiscard]] std::vector<std::string> entries(std::string_view comma_separated);

}  // namespace studio::core
