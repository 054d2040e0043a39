#include "adapters/http/server/request_target.hpp"

#include <utility>

#include "base/utf8.hpp"

namespace studio::adapters {

namespace {

constexpr std::size_t target_bytes_max = 4'096;
constexpr std::size_t parts_max = 32;
constexpr std::size_t query_fields_max = 32;

std::optional<unsigned> hex_digit(char letter) {
    if (letter >= '0' && letter <= '9') {
        return static_cast<unsigned>(letter - '0');
    }
    if (letter >= 'a' && letter <= 'f') {
        return static_cast<unsigned>(letter - 'a' + 10);
    }
    if (letter >= 'A' && letter <= 'F') {
        return static_cast<unsigned>(letter - 'A' + 10);
    }
    return std::nullopt;
}

bool is_control(char letter) {
    const auto code = static_cast<unsigned char>(letter);
    return code < 0x20 || code == 0x7F;
}

bool read_path(std::string_view text, RequestTarget& target) {
    if (text == "/") {
        return true;
    }
    while (!text.empty()) {
        text.remove_prefix(1);  // The slash.
        const std::size_t end = text.find('/');
        const auto part = decode_percent(text.substr(0, end), false);
        if (!part || *part == "." || *part == ".." || target.path.size() == parts_max) {
            return false;
        }
        target.path.push_back(*part);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end);
    }
    return true;
}

bool read_query(std::string_view text, RequestTarget& target) {
    while (!text.empty()) {
        const std::size_t end = text.find('&');
        const std::string_view field = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        if (field.empty()) {
            continue;
        }
        const std::size_t equals = field.find('=');
        const auto name = decode_percent(field.substr(0, equals), true);
        const auto value = decode_percent(
            equals == std::string_view::npos ? std::string_view{} : field.substr(equals + 1), true);
        if (!name || !value || target.query.size() == query_fields_max) {
            return false;
        }
        target.query.emplace_back(*name, *value);
    }
    return true;
}

/// Cuts scheme and authority off an absolute form.
std::string_view to_origin_form(std::string_view text) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (text.starts_with(scheme)) {
            const std::size_t path = text.find_first_of("/?", scheme.size());
            return path == std::string_view::npos ? "/" : text.substr(path);
        }
    }
    return text;
}

}  // namespace

std::optional<std::string> decode_percent(std::string_view text, bool plus_is_space) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t index = 0; index < text.size(); ++index) {
        char letter = text[index];
        if (letter == '%') {
            if (index + 2 >= text.size()) {
                return std::nullopt;
            }
            const auto high = hex_digit(text[index + 1]);
            const auto low = hex_digit(text[index + 2]);
            if (!high || !low) {
                return std::nullopt;
            }
            letter = static_cast<char>(*high * 16 + *low);
            index += 2;
        } else if (letter == '+' && plus_is_space) {
            letter = ' ';
        }
        if (is_control(letter)) {
            return std::nullopt;
        }
        decoded += letter;
    }
    return is_utf8(decoded) ? std::optional(std::move(decoded)) : std::nullopt;
}

std::optional<RequestTarget> parse_request_target(std::string_view text) {
    if (text.size() > target_bytes_max) {
        return std::nullopt;
    }
    text = to_origin_form(text);
    if (!text.starts_with('/') || text.find('#') != std::string_view::npos) {
        return std::nullopt;
    }
    const std::size_t question = text.find('?');
    RequestTarget target;
    if (!read_path(text.substr(0, question), target)) {
        return std::nullopt;
    }
    if (question != std::string_view::npos && !read_query(text.substr(question + 1), target)) {
        return std::nullopt;
    }
    return target;
}

}  // namespace studio::adapters
