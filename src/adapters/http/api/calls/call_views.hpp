#pragma once

#include <vector>

#include "base/json.hpp"
#include "core/call/call_record.hpp"
#include "services/calls/request/call_service.hpp"

namespace studio::adapters {

// The shapes in which the API shows calls (api/openapi.yaml). Moments are RFC 3339 in UTC, absent
// values null.
[[nodiscard]] Json call_view(const core::CallRecord& record, WallTime now);
/// A page of a list: {items, total, limit, offset, next_cursor}. Behind a cursor nothing is
/// counted, and total and offset are null.
[[nodiscard]] Json calls_view(const Page<core::CallRecord>& page, const PageRequest& asked,
                              bool has_cursor, WallTime now);
/// The answer to POST /calls: the call, and the room to enter or where to send the offer.
[[nodiscard]] Json created_call_view(const services::CreatedCall& created);
[[nodiscard]] Json metrics_view(const core::CallRecord& record, WallTime now);
[[nodiscard]] Json transcript_view(const std::vector<core::TranscriptEntry>& entries);

}  // namespace studio::adapters
