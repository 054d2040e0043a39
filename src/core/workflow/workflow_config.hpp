#pragma once

#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "core/agent/field_error.hpp"
#include "core/workflow/workflow.hpp"

namespace studio::core {

/// Reads and checks a workflow's `config` (docs/workflows.md): {nodes, connections,
/// global_handoffs, shared_context}. Everything that is wrong is reported with its path from `root`
/// and the id of its node. At most 32 nodes, 128 connections and 16 global hand-offs. Whether the
/// agents exist is not checked here, and whether all nodes are reached neither: see
/// unreachable_nodes.
[[nodiscard]] Result<Workflow, std::vector<FieldError>> parse_workflow(
    const Json& json, std::string_view root = "config");

/// The nodes to which no way leads from the entry. Such a workflow can hold calls; it is not what
/// its author wanted.
[[nodiscard]] std::vector<FieldError> unreachable_nodes(const Workflow& workflow,
                                                        std::string_view root = "config");

/// With every field written out, in the spelling that parse_workflow reads: parsing it again gives
/// the same value.
[[nodiscard]] Json to_json(const Workflow& workflow);

}  // namespace studio::core
