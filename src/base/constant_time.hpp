#pragma once

#include <string_view>

namespace studio {

/// Whether two texts are equal, in a time that depends on their lengths only, so that a secret is
/// not guessed letter by letter.
[[nodiscard]] bool equals_in_constant_time(std::string_view left, std::string_view right);

}  // namespace studio
