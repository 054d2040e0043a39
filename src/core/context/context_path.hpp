#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace studio::core {

/// One step of a path: a member's name, an array index, or `[+]`, the place after the last item.
struct PathStep {
    enum class Kind : std::uint8_t { member, index, append };
    Kind kind = Kind::member;
    std::string name;
    std::size_t index = 0;
};

using ContextPath = std::vector<PathStep>;

/// Reads `a.b[2].c` or, for writing, `a.list[+]`. Names are letters, digits, `_`, `-`, `$` and any
/// byte above 127 (UTF-8), at most 128 bytes; at most 16 steps; indexes below 100,000. Nothing
/// where the text is no path.
[[nodiscard]] std::optional<ContextPath> parse_context_path(std::string_view text);

/// Whether parse_context_path would accept the text, without building it.
[[nodiscard]] bool is_context_path(std::string_view text);

/// Follows the steps from number `first` on; a step `.3` also means index 3 where the value is an
/// array. nullptr where the value ends before the path.
[[nodiscard]] const Json* follow_path(const Json& root, const ContextPath& path,
                                      std::size_t first = 0);

}  // namespace studio::core
