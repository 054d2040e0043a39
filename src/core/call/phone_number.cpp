#include "core/call/phone_number.hpp"

#include <algorithm>

namespace studio::core {

namespace {

constexpr std::size_t digits_least = 7;
constexpr std::size_t digits_most = 15;

}  // namespace

std::optional<std::string> parse_phone_number(std::string_view text) {
    if (!text.starts_with('+') || text.size() < 1 + digits_least || text.size() > 1 + digits_most ||
        text[1] == '0') {
        return std::nullopt;
    }
    const bool is_sound = std::all_of(text.begin() + 1, text.end(), [](char character) {
        return character >= '0' && character <= '9';
    });
    return is_sound ? std::optional(std::string(text)) : std::nullopt;
}

}  // namespace studio::core
