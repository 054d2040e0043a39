#include "base/utf8.hpp"

#include <algorithm>
#include <cstddef>

namespace studio {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

/// What a first byte allows behind it (RFC 3629, section 4).
struct Lead {
    std::size_t size = 0;
    unsigned char second_least = 0x80;
    unsigned char second_most = 0xBF;
};

Lead lead_of(unsigned char byte) {
    if (byte < 0x80) {
        return {1};
    }
    if (byte >= 0xC2 && byte <= 0xDF) {
        return {2};
    }
    if (byte >= 0xE0 && byte <= 0xEF) {
        // No longer forms than needed, and no surrogates.
        return {3, static_cast<unsigned char>(byte == 0xE0 ? 0xA0 : 0x80),
                static_cast<unsigned char>(byte == 0xED ? 0x9F : 0xBF)};
    }
    if (byte >= 0xF0 && byte <= 0xF4) {
        return {4, static_cast<unsigned char>(byte == 0xF0 ? 0x90 : 0x80),
                static_cast<unsigned char>(byte == 0xF4 ? 0x8F : 0xBF)};
    }
    return {};
}

struct Piece {
    std::size_t size = 1;
    bool is_character = false;
};

/// The character at the front of a text that is not empty, or the longest part of one.
Piece front_of(std::string_view text) {
    const Lead lead = lead_of(static_cast<unsigned char>(text[0]));
    for (std::size_t index = 1; index < lead.size; ++index) {
        const unsigned char least = index == 1 ? lead.second_least : 0x80;
        const unsigned char most = index == 1 ? lead.second_most : 0xBF;
        if (index == text.size()) {
            return {index, false};
        }
        const auto byte = static_cast<unsigned char>(text[index]);
        if (byte < least || byte > most) {
            return {index, false};
        }
    }
    return {std::max<std::size_t>(lead.size, 1), lead.size > 0};
}

}  // namespace

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const Piece piece = front_of(text);
        if (!piece.is_character) {
            return false;
        }
        text.remove_prefix(piece.size);
    }
    return true;
}

bool is_plain_text(std::string_view text) {
    return text.find('\0') == std::string_view::npos && is_utf8(text);
}

std::string to_plain_text(std::string_view text) {
    if (is_plain_text(text)) {
        return std::string(text);
    }
    std::string plain;
    plain.reserve(text.size());
    while (!text.empty()) {
        const Piece piece = front_of(text);
        const bool keeps = piece.is_character && text[0] != '\0';
        plain += keeps ? text.substr(0, piece.size) : replacement;
        text.remove_prefix(piece.size);
    }
    return plain;
}

std::size_t count_characters(std::string_view text) {
    std::size_t count = 0;
    while (!text.empty()) {
        text.remove_prefix(front_of(text).size);
        ++count;
    }
    return count;
}

}  // namespace studio
