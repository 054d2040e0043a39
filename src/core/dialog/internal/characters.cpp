#include "core/dialog/internal/characters.hpp"

#include <algorithm>
#include <array>

namespace studio::core::internal {
namespace {

struct Range {
    std::uint32_t first;
    std::uint32_t last;
};

template <std::size_t Size>
bool is_in(const std::array<Range, Size>& ranges, std::uint32_t code) {
    const auto after = std::upper_bound(
        ranges.begin(), ranges.end(), code,
        [](std::uint32_t value, const Range& range) { return value < range.first; });
    return after != ranges.begin() && code <= (after - 1)->last;
}

/// Punctuation, symbols, spaces, controls and combining marks, in order.
constexpr std::array<Range, 71> not_said{{
    {0x0000, 0x002F}, {0x003A, 0x0040}, {0x005B, 0x0060}, {0x007B, 0x00A9}, {0x00AB, 0x00B1},
    {0x00B4, 0x00B4}, {0x00B6, 0x00B8}, {0x00BB, 0x00BB}, {0x00BF, 0x00BF}, {0x00D7, 0x00D7},
    {0x00F7, 0x00F7}, {0x02C2, 0x02DF}, {0x0300, 0x036F}, {0x037E, 0x037E}, {0x0387, 0x0387},
    {0x0483, 0x0489}, {0x055A, 0x055F}, {0x0589, 0x05CF}, {0x05F3, 0x061F}, {0x0640, 0x0640},
    {0x064B, 0x065F}, {0x066A, 0x066D}, {0x06D4, 0x06D4}, {0x06DD, 0x06DE}, {0x06E9, 0x06E9},
    {0x0700, 0x070F}, {0x07F7, 0x07F9}, {0x0830, 0x083E}, {0x0964, 0x0965}, {0x0970, 0x0970},
    {0x0DF4, 0x0DF4}, {0x0E2F, 0x0E2F}, {0x0E3F, 0x0E3F}, {0x0E4F, 0x0E4F}, {0x0E5A, 0x0E5B},
    {0x0F01, 0x0F1F}, {0x0F3A, 0x0F3D}, {0x104A, 0x104F}, {0x10FB, 0x10FB}, {0x1360, 0x1368},
    {0x1400, 0x1400}, {0x166D, 0x166E}, {0x1680, 0x1680}, {0x169B, 0x169C}, {0x16EB, 0x16ED},
    {0x1735, 0x1736}, {0x17D4, 0x17DB}, {0x1800, 0x180F}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF},
    {0x2000, 0x206F}, {0x207A, 0x207E}, {0x208A, 0x208E}, {0x20A0, 0x214F}, {0x2190, 0x245F},
    {0x2500, 0x2BFF}, {0x2E00, 0x2E7F}, {0x3000, 0x3004}, {0x3008, 0x3020}, {0x302A, 0x3030},
    {0x303D, 0x303F}, {0x30FB, 0x30FB}, {0xA4FE, 0xA4FF}, {0xA8CE, 0xA8CF}, {0xD800, 0xF8FF},
    {0xFD3E, 0xFD3F}, {0xFE00, 0xFE6F}, {0xFEFF, 0xFF0F}, {0xFF1A, 0xFF20}, {0xFF3B, 0xFF40},
    {0xFF5B, 0xFF65},
}};

/// Beyond the basic plane and the half-width forms.
constexpr std::array<Range, 5> not_said_either{{
    {0xFFE0, 0xFFFF},
    {0x1D000, 0x1D3FF},
    {0x1F000, 0x1F0FF},
    {0x1F1E6, 0x1FAFF},
    {0xE0000, 0x10FFFF},
}};

constexpr std::array<Range, 9> pictures{{
    {0x231A, 0x23FF},
    {0x25A0, 0x27BF},
    {0x2B05, 0x2B07},
    {0x2B1B, 0x2B1C},
    {0x2B50, 0x2B55},
    {0x3030, 0x3030},
    {0x303D, 0x303D},
    {0x1F000, 0x1F0FF},
    {0x1F1E6, 0x1FAFF},
}};

}  // namespace

Character read_character(std::string_view text, std::size_t index) {
    const auto byte = [text](std::size_t at) {
        return at < text.size() ? static_cast<unsigned char>(text[at]) : std::uint32_t{0};
    };
    constexpr std::uint32_t replacement = 0xFFFD;
    const std::uint32_t first = byte(index);
    if (first < 0x80U) {
        return {first, 1};
    }
    const std::size_t size = first >= 0xF0U ? 4 : first >= 0xE0U ? 3 : 2;
    if (first < 0xC2U || first > 0xF4U) {
        return {replacement, 1};
    }
    std::uint32_t code = first & (0xFFU >> (size + 1));
    for (std::size_t offset = 1; offset < size; ++offset) {
        const std::uint32_t next = byte(index + offset);
        if ((next & 0xC0U) != 0x80U) {
            return {replacement, 1};
        }
        code = (code << 6U) | (next & 0x3FU);
    }
    return {code, size};
}

bool is_said(std::uint32_t code) {
    return !is_in(not_said, code) && !is_in(not_said_either, code);
}

bool is_picture(std::uint32_t code) {
    return is_in(pictures, code);
}

bool is_picture_modifier(std::uint32_t code) {
    return (code >= 0xFE00 && code <= 0xFE0F) || code == 0x20E3 ||
           (code >= 0xE0020 && code <= 0xE007F);
}

}  // namespace studio::core::internal
