#include "core/turn/typed_text.hpp"

#include <cstdint>

namespace studio::core {
namespace {

/// The length of the character at the front, 0 where there is none (RFC 3629, section 4).
std::size_t character_size(std::string_view text) {
    const auto byte = [text](std::size_t index) {
        return index < text.size() ? static_cast<std::uint8_t>(text[index]) : std::uint8_t{0};
    };
    const std::uint8_t lead = byte(0);
    if (lead < 0x80) {
        return 1;
    }
    const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4) {
        return 0;
    }
    for (std::size_t index = 1; index < size; ++index) {
        if ((byte(index) & 0xC0U) != 0x80U) {
            return 0;
        }
    }
    // Overlong forms, surrogates, and what lies beyond U+10FFFF.
    const bool is_wrong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xED && byte(1) > 0x9F) ||
                          (lead == 0xF0 && byte(1) < 0x90) || (lead == 0xF4 && byte(1) > 0x8F);
    return is_wrong ? 0 : size;
}

bool is_control(char character) {
    const auto byte = static_cast<std::uint8_t>(character);
    return (byte < 0x20 && character != '\n' && character != '\t') || byte == 0x7F;
}

}  // namespace

std::string clean_typed_text(std::string_view text, std::size_t bytes_max) {
    constexpr std::string_view white = " \t\n";
    std::string clean;
    while (!text.empty()) {
        const std::size_t size = character_size(text);
        const bool is_fit = size > 0 && !(size == 1 && is_control(text[0]));
        const bool leads = clean.empty() && white.find(text[0]) != std::string_view::npos;
        if (is_fit && !leads) {
            if (clean.size() + size > bytes_max) {
                break;
            }
            clean += text.substr(0, size);
        }
        text.remove_prefix(size == 0 ? 1 : size);
    }
    clean.erase(clean.find_last_not_of(white) + 1);
    return clean;
}

}  // namespace studio::core
