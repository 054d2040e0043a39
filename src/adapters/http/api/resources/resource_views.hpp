#pragma once

#include "base/json.hpp"
#include "ports/resource_store.hpp"
#include "services/resources/resources.hpp"

namespace studio::adapters {

// The shapes in which the API shows resources (api/openapi.yaml).
[[nodiscard]] Json resource_summary_view(ResourceKind kind, const Resource& resource);
/// The summary, the config and what will not work.
[[nodiscard]] Json resource_view(ResourceKind kind, const services::ResourceAnswer& answer);

}  // namespace studio::adapters
