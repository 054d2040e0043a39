#include "core/call/ending.hpp"

#include <algorithm>

namespace studio::core {

namespace {

bool is_agent_missed(const CallRecord& record, const Ending& ending, WallTime at) {
    const bool ends_well =
        ending.status == CallStatus::completed || ending.status == CallStatus::timeout;
    const bool was_heard = record.agent_heard.value_or(true);
    const bool was_waited_for =
        record.silent_since && at - *record.silent_since >= silence_patience;
    if (!ends_well || was_heard || !(was_waited_for || has_failed_to_speak(record.errors))) {
        return false;
    }
    const bool is_early = record.started_at && at - *record.started_at < hang_up_grace;
    return !is_early || ending.reason != name_of(EndReason::caller_hung_up);
}

}  // namespace

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
    const WallTime ended_at = std::max(at, record.started_at.value_or(record.created_at));
    const Ending actual = is_agent_missed(record, ending, ended_at)
                              ? make_ending(EndReason::agent_never_heard, true)
                              : ending;
    record.status = actual.status;
    record.status_reason = actual.reason;
    record.ended_at = ended_at;
}

void end_record(CallRecord& record, const EndCause& cause, WallTime at) {
    end_record(record, make_ending(cause, has_begun(record)), at);
}

}  // namespace studio::core
