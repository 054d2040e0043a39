#pragma once

#include "adapters/sql/sql_database.hpp"
#include "ports/call_store.hpp"

namespace studio::adapters {

/// CallStore::list inside the caller's transaction.
[[nodiscard]] Result<Page<core::CallRecord>, StoreError> select_calls(SqlConnection& connection,
                                                                      const TenantId& tenant,
                                                                      const CallFilter& filter);

}  // namespace studio::adapters
