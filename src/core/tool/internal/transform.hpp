#pragma once

#include <optional>
#include <string_view>

#include "base/json.hpp"
#include "core/tool/action.hpp"

namespace studio::core::internal {

/// The number that a value is, or that its text is.
[[nodiscard]] std::optional<double> to_number(const Json& value);

/// One operation of `transform`; nothing where the value does not suit it. Letters are ASCII's:
/// other letters stay as they are.
[[nodiscard]] std::optional<Json> transform(const Json& value, TransformOperation operation,
                                            std::string_view separator);

}  // namespace studio::core::internal
