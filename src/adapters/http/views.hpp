#pragma once

#include <vector>

#include "base/json.hpp"
#include "core/call/call_record.hpp"
#include "ports/resource_store.hpp"
#include "ports/store_error.hpp"
#include "services/platform/call_service.hpp"

namespace studio::adapters {

/// The shapes in which the API shows things (api/openapi.yaml). Moments are RFC 3339 in UTC, absent
/// values null.
[[nodiscard]] Json agent_summary_view(const Resource& agent);
[[nodiscard]] Json tool_summary_view(const Resource& tool);
/// The summary and description, config and moment of the last change.
[[nodiscard]] Json resource_view(ResourceKind kind, const Resource& resource);
[[nodiscard]] Json call_view(const core::CallRecord& record, WallTime now);
/// The answer to POST /calls: the call, and the room to enter or where to send the offer.
[[nodiscard]] Json created_call_view(const services::CreatedCall& created);
[[nodiscard]] Json metrics_view(const core::CallRecord& record, WallTime now);
[[nodiscard]] Json transcript_view(const std::vector<core::TranscriptEntry>& entries);
/// {items, total, limit, offset}.
[[nodiscard]] Json page_view(JsonArray items, std::uint64_t total, const PageRequest& page);

}  // namespace studio::adapters
