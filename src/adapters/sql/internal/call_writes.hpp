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
/// From here on older holders are refused, and so is the caller where it is one. Leaves a row with
/// a final status alone. Whether the row was changed.
[[nodiscard]] Result<bool, StoreError> raise_token(SqlConnection& connection,
                                                   const TenantId& tenant, const CallId& id,
                                                   std::uint64_t fencing_token);
[[nodiscard]] Result<bool, StoreError> insert_entries(SqlConnection& connection,
                                                      const TranscriptWrite& write);

}  // namespace studio::adapters
