#include "base/base64.hpp"

namespace studio {

namespace {

constexpr std::string_view letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

char digit_of(std::uint32_t value, Base64Kind kind) {
    if (value < letters.size()) {
        return letters[value];
    }
    if (kind == Base64Kind::standard) {
        return value == 62 ? '+' : '/';
    }
    return value == 62 ? '-' : '_';
}

/// 64 for a byte that is no digit.
std::uint32_t value_of(char digit, Base64Kind kind) {
    const bool is_standard = kind == Base64Kind::standard;
    if (digit >= 'A' && digit <= 'Z') {
        return static_cast<std::uint32_t>(digit - 'A');
    }
    if (digit >= 'a' && digit <= 'z') {
        return static_cast<std::uint32_t>(digit - 'a') + 26;
    }
    if (digit >= '0' && digit <= '9') {
        return static_cast<std::uint32_t>(digit - '0') + 52;
    }
    if (digit == (is_standard ? '+' : '-')) {
        return 62;
    }
    return digit == (is_standard ? '/' : '_') ? 63 : 64;
}

}  // namespace

std::string encode_base64(ByteView bytes, Base64Kind kind) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const std::uint8_t byte : bytes) {
        bits = (bits << 8U) | byte;
        count += 8;
        while (count >= 6) {
            count -= 6;
            text += digit_of((bits >> count) & 63U, kind);
        }
    }
    if (count > 0) {
        text += digit_of((bits << (6 - count)) & 63U, kind);
    }
    while (kind != Base64Kind::url_unpadded && text.size() % 4 != 0) {
        text += '=';
    }
    return text;
}

std::optional<std::string> decode_base64(std::string_view text, Base64Kind kind) {
    if (kind != Base64Kind::url_unpadded) {
        if (text.size() % 4 != 0) {
            return std::nullopt;
        }
        for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) {
            text.remove_suffix(1);
        }
    }
    if (text.size() % 4 == 1) {
        return std::nullopt;
    }
    std::string bytes;
    bytes.reserve(text.size() * 3 / 4);
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char digit : text) {
        const std::uint32_t value = value_of(digit, kind);
        if (value > 63) {
            return std::nullopt;
        }
        bits = (bits << 6U) | value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes += static_cast<char>((bits >> count) & 0xFFU);
        }
    }
    if ((bits & ((1U << count) - 1U)) != 0) {
        return std::nullopt;
    }
    return bytes;
}

}  // namespace studio
