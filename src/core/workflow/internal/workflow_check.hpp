#pragma once

#include <string>
#include <vector>

#include "core/agent/field_error.hpp"
#include "core/workflow/workflow.hpp"

namespace studio::core::internal {

/// What is wrong with the graph: ids and agents that stand twice, ends of edges that are no node,
/// entry and exits, circles. `root` is the path of the configuration.
[[nodiscard]] std::vector<FieldError> check_graph(const Workflow& workflow,
                                                  const std::string& root);

}  // namespace studio::core::internal
