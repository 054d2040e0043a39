#pragma once

#include "adapters/sql/sql_database.hpp"
#include "core/call/call_record.hpp"
#include "ports/call_store.hpp"

namespace studio::adapters {

/// The changes of calls, each inside the caller's transaction, with the events they cause.
[[nodiscard]] Result<bool, StoreError> insert_call(SqlConnection& connection,
                                                   const core::CallRecord& record, WallTime now);
[[nodiscard]] Result<bool, StoreError> update_call(SqlConnection& connection,
                                                   const core::CallRecord& record, WallTime now);
[[nodiscard]] Result<bool, StoreError> insert_entries(SqlConnection& connection,
                                                      const TranscriptWrite& write);

}  // namespace studio::adapters
