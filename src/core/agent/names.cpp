#include "core/agent/names.hpp"

#include <algorithm>

namespace studio::core {

namespace {

bool is_lower(char character) {
    return character >= 'a' && character <= 'z';
}
bool is_digit(char character) {
    return character >= '0' && character <= '9';
}
bool is_letter(char character) {
    return is_lower(character) || (character >= 'A' && character <= 'Z');
}

}  // namespace

bool is_agent_name(std::string_view name) {
    if (name.empty() || name.size() > 63 || !is_lower(name.front()) || name.back() == '-' ||
        name.find("--") != std::string_view::npos) {
        return false;
    }
    return std::all_of(name.begin(), name.end(), [](char character) {
        return is_lower(character) || is_digit(character) || character == '-';
    });
}

bool is_tool_name(std::string_view name) {
    if (name.empty() || name.size() > 64 || !is_lower(name.front())) {
        return false;
    }
    return std::all_of(name.begin(), name.end(), [](char character) {
        return is_lower(character) || is_digit(character) || character == '_';
    });
}

bool is_language(std::string_view text) {
    const std::size_t dash = std::min(text.find('-'), text.size());
    const std::string_view language = text.substr(0, dash);
    const std::string_view region = text.substr(std::min(dash + 1, text.size()));
    if (language.size() < 2 || language.size() > 3 ||
        !std::all_of(language.begin(), language.end(), is_letter)) {
        return false;
    }
    if (dash == text.size()) {
        return true;
    }
    return region.size() >= 2 && region.size() <= 8 &&
           std::all_of(region.begin(), region.end(),
                       [](char character) { return is_letter(character) || is_digit(character); });
}

}  // namespace studio::core
