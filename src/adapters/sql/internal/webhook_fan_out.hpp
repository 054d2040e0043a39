#pragma once

#include <cstdint>

#include "adapters/sql/sql_database.hpp"

namespace studio::adapters {

/// Gives the oldest stored events to the webhooks of their tenants, inside the caller's
/// transaction; how many. What of them cannot be read is passed over for good.
[[nodiscard]] Result<std::uint32_t, StoreError> fan_out_events(SqlConnection& connection,
                                                               std::uint32_t limit, WallTime now);

}  // namespace studio::adapters
