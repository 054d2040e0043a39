#include "services/calls/end/call_ending.hpp"

#include <utility>

#include "base/log.hpp"

namespace studio::services {

Task<Result<core::CallRecord, StoreError>> save_ended(CallStore& calls, core::CallRecord record,
                                                      core::EndReason reason, WallTime now) {
    core::end_record(record, reason, core::lived_until(record, now));
    const auto saved = co_await calls.save(record);
    if (!saved) {
        co_return fail(saved.error());
    }
    STUDIO_LOG(info, "call_ended_unheld", {"call_id", record.id},
               {"status", core::name_of(record.status)}, {"reason", record.status_reason});
    co_return std::move(record);
}

}  // namespace studio::services
