#pragma once

#include "adapters/sql/sql_database.hpp"
#include "core/call/call_record.hpp"

namespace studio::adapters {

/// The columns of a call, in the order in which bind_call takes them.
#define STUDIO_CALL_COLUMNS                                                              \
    "id, tenant_id, agent_name, user_id, status, status_reason, direction, call_type,"   \
    " user_context, metadata, agent_history, metrics, created_at, started_at, ended_at," \
    " room_name, phone_number, fencing_token, errors, workflow_id, workflow_slug,"       \
    " livemode, usage"
/// What is read of a call: the columns, and what writes of a record leave alone.
#define STUDIO_CALL_READ_COLUMNS STUDIO_CALL_COLUMNS ", alive_at"
/// Their values, bound by bind_call; an UPDATE uses the same numbers. A test call stays one,
/// whatever a holder of an earlier release writes.
#define STUDIO_CALL_VALUES                                                                  \
    "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19," \
    " $20, $21, $22, $23"
#define STUDIO_CALL_ASSIGNMENTS                                                                 \
    "agent_name = $3, user_id = $4, status = $5, status_reason = $6, direction = $7,"           \
    " call_type = $8, user_context = $9, metadata = $10, agent_history = $11, metrics = $12,"   \
    " created_at = $13, started_at = $14, ended_at = $15, room_name = $16, phone_number = $17," \
    " fencing_token = $18, errors = $19, workflow_id = $20, workflow_slug = $21,"               \
    " livemode = livemode AND $22, usage = $23"

/// Binds $1 to $23.
void bind_call(SqlQuery& query, const core::CallRecord& record);
/// From STUDIO_CALL_READ_COLUMNS.
[[nodiscard]] Result<core::CallRecord, StoreError> read_call(const SqlRow& row);

/// The columns that read_entry expects, in order.
#define STUDIO_ENTRY_COLUMNS "sequence, role, content, agent, spoken_at, interrupted, latency, tool"

/// Binds eight values in the order of the columns.
void bind_entry(SqlQuery& query, const core::TranscriptEntry& entry);
[[nodiscard]] Result<core::TranscriptEntry, StoreError> read_entry(const SqlRow& row);

}  // namespace studio::adapters
