#pragma once

#include <optional>
#include <string_view>

#include "adapters/sqlite/internal/connection.hpp"
#include "core/call/call_record.hpp"

namespace studio::adapters::sqlite {

/// How figures are kept in the JSON columns of calls and transcript_entries. Absent figures are
/// left out; unknown members are passed over, so that a later program's rows can be read.
[[nodiscard]] Json metrics_to_json(const core::CallMetrics& metrics);
[[nodiscard]] core::CallMetrics metrics_from_json(const Json& json);
[[nodiscard]] Json latency_to_json(const core::TurnLatency& latency);
[[nodiscard]] core::TurnLatency latency_from_json(const Json& json);

/// The columns that read_call expects, in order.
#define STUDIO_CALL_COLUMNS                                                            \
    "id, tenant_id, agent_name, user_id, status, status_reason, direction, call_type," \
    " user_context, metadata, agent_history, metrics, created_at, started_at, ended_at"

[[nodiscard]] Result<core::CallRecord, StoreError> read_call(const Query& query);

/// The columns that read_entry expects, in order.
#define STUDIO_ENTRY_COLUMNS "sequence, role, content, agent, spoken_at, interrupted, latency, tool"

[[nodiscard]] Result<core::TranscriptEntry, StoreError> read_entry(const Query& query);

}  // namespace studio::adapters::sqlite
