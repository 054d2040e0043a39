#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "base/json.hpp"

namespace studio::core {

/// How many members of its metadata a call can be found by, and how long their names and values may
/// be, in characters. Others are kept with the call, and not looked through.
inline constexpr std::size_t call_labels_max = 32;
inline constexpr std::size_t label_name_max = 64;
inline constexpr std::size_t label_value_max = 256;

/// The members of a call's metadata by which it is found: texts as they are, numbers and truths as
/// JSON writes them; nothing of lists and objects.
[[nodiscard]] std::map<std::string, std::string> labels_of(const Json& metadata);

}  // namespace studio::core
