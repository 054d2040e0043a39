#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace studio::core {

/// The number as E.164 writes it: `+`, a country code that does not begin with 0, 7 to 15 digits in
/// all. Nothing for every other text, also with spaces or hyphens: whoever calls must have meant
/// exactly this number. (E.164 has no least length; the shortest numbers in use have 7 digits.)
[[nodiscard]] std::optional<std::string> parse_phone_number(std::string_view text);

}  // namespace studio::core
