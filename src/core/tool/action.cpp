#include "core/tool/action.hpp"

#include <algorithm>
#include <array>

namespace studio::core {

namespace {

char to_lower(char character) {
    return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a')
                                                : character;
}

}  // namespace

bool is_fencing_header(std::string_view name) {
    constexpr std::array<std::string_view, 2> headers = {idempotency_header, fencing_header};
    return std::any_of(headers.begin(), headers.end(), [name](std::string_view header) {
        return std::equal(name.begin(), name.end(), header.begin(), header.end(),
                          [](char left, char right) { return to_lower(left) == to_lower(right); });
    });
}

}  // namespace studio::core
