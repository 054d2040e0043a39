#pragma once

#include <string>

#include "apps/scale_advisor/advice.hpp"
#include "base/result.hpp"

namespace studio::apps {

/// Reads the metrics of every API of the configuration, waits, reads them again. Blocks for so
/// long. The error is one line for people.
[[nodiscard]] Result<LiveFigures, std::string> read_live(const ScaleAdvisorConfig& config);

}  // namespace studio::apps
