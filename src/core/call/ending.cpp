#include "core/call/ending.hpp"

#include <algorithm>

namespace studio::core {

Ending make_ending(const EndCause& cause, bool had_begun) {
    if (had_begun) {
        return {status_of(cause.reason()), std::string(cause.name())};
    }
    const bool was_cancelled = cause.reason() == EndReason::ended_by_api;
    return {CallStatus::failed,
            std::string(was_cancelled ? name_of(EndReason::cancelled) : cause.name())};
}

bool has_begun(const CallRecord& record) {
    return record.status == CallStatus::active || record.started_at.has_value();
}

WallTime lived_until(const CallRecord& record, WallTime now) {
    const bool is_long_ago = record.alive_at && now - *record.alive_at > 3 * alive_interval;
    return is_long_ago ? *record.alive_at : now;
}

void end_record(CallRecord& record, const Ending& ending, WallTime at) {
    if (is_final(record.status)) {
        return;
    }
    record.status = ending.status;
    record.status_reason = ending.reason;
    record.ended_at = std::max(at, record.started_at.value_or(record.created_at));
}

void end_record(CallRecord& record, const EndCause& cause, WallTime at) {
    end_record(record, make_ending(cause, has_begun(record)), at);
}

}  // namespace studio::core
