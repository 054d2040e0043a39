#pragma once

#include <vector>

#include "base/json.hpp"
#include "core/call/call_record.hpp"
#include "ports/resource_store.hpp"
#include "ports/store_error.hpp"
#include "services/calls/request/call_service.hpp"
#include "services/resources/resources.hpp"

namespace studio::adapters {

/// The shapes in which the API shows things (api/openapi.yaml). Moments are RFC 3339 in UTC, absent
/// values null.
[[nodiscard]] Json resource_summary_view(const Resource& resource);
/// The summary, the config and what will not work.
[[nodiscard]] Json resource_view(const services::ResourceAnswer& answer);
[[nodiscard]] Json call_view(const core::CallRecord& record, WallTime now);
/// The answer to POST /calls: the call, and the room to enter or where to send the offer.
[[nodiscard]] Json created_call_view(const services::CreatedCall& created);
[[nodiscard]] Json metrics_view(const core::CallRecord& record, WallTime now);
[[nodiscard]] Json transcript_view(const std::vector<core::TranscriptEntry>& entries);
/// {items, total, limit, offset}.
[[nodiscard]] Json page_view(JsonArray items, std::uint64_t total, const PageRequest& page);

}  // namespace studio::adapters
