#pragma once

#include <optional>
#include <string_view>

namespace studio::core {

/// The sum of a metric's samples over all labels, in Prometheus's text format 0.0.4; nothing where
/// there is none. Lines that cannot be read are passed over.
[[nodiscard]] std::optional<double> sum_of_metric(std::string_view text, std::string_view name);

}  // namespace studio::core
