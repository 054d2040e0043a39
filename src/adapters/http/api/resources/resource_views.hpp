#pragma once

#include "base/json.hpp"
#include "ports/resource_store.hpp"
#include "services/resources/resources.hpp"

namespace studio::adapters {

// The shapes in which the API shows agents and tools (api/openapi.yaml).
[[nodiscard]] Json resource_summary_view(const Resource& resource);
/// The summary, the config and what will not work.
[[nodiscard]] Json resource_view(const services::ResourceAnswer& answer);

}  // namespace studio::adapters
