#pragma once

#include "adapters/sql/sql_database.hpp"
#include "core/call/call_record.hpp"

namespace studio::adapters {

/// Adds a call that has just ended to the figures of its tenant, inside the transaction that ends
/// it, of which each call has one: so it is counted once. `record` is final.
[[nodiscard]] Result<void, StoreError> count_ended_call(SqlConnection& connection,
                                                        const core::CallRecord& record,
                                                        WallTime now);

/// Writes down by which members of its metadata a new call can be found.
[[nodiscard]] Result<void, StoreError> insert_labels(SqlConnection& connection,
                                                     const core::CallRecord& record);

}  // namespace studio::adapters
