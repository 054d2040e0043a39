#pragma once

#include "core/call/ending.hpp"
#include "ports/call_store.hpp"

namespace studio::services {

/// Ends the row of a call that nobody holds, as it was loaded: the record that is stored then, by
/// the fencing token that `record` carries. conflict and stale where somebody else was faster. It
/// ended when it was last known to live. Every end that no session writes goes through here.
[[nodiscard]] Task<Result<core::CallRecord, StoreError>> save_ended(CallStore& calls,
                                                                    core::CallRecord record,
                                                                    core::EndReason reason,
                                                                    WallTime now);

}  // namespace studio::services
