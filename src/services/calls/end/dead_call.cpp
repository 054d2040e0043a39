#include "services/calls/end/dead_call.hpp"

#include <utility>

#include "base/log.hpp"
#include "ports/room_names.hpp"
#include "services/calls/end/call_ending.hpp"
#include "services/errors/service_error.hpp"

namespace studio::services {
namespace {

constexpr milliseconds retry_delay{1'000};
constexpr int room_tries = 30;

Task<void> close_room(core::Job job, DeadCallParts parts) {
    for (int tries = 0; tries < room_tries; ++tries) {
        const auto closed = co_await parts.rooms->delete_room(job.room_name);
        if (closed) {
            co_return;
        }
        if (!co_await runtime::sleep_for(parts.loop, retry_delay, parts.scope.token())) {
            co_return;
        }
    }
    STUDIO_LOG(warning, "room_not_closed", {"call_id", job.call_id});
}

}  // namespace

Task<void> end_dead_call(core::Job job, std::uint64_t fencing_token, DeadCallParts parts) {
    STUDIO_LOG(error, "job_dead", {"call_id", job.call_id}, {"attempts", job.attempt});
    bool closes_room = is_own_room(job.room_name, job.call_id);
    while (true) {
        auto record = co_await parts.calls.load(job.tenant_id, job.call_id);
        if (record) {
            closes_room = closes_room || record->type == core::CallType::sip;
            if (core::is_final(record->status)) {
                break;  // Whoever wrote that may have died before the room was closed.
            }
            if (fencing_token != 0) {
                record->fencing_token = fencing_token;
            }
            const auto ended =
                co_await save_ended(parts.calls, std::move(*record), core::EndReason::workers_lost,
                                    parts.loop.wall_now());
            if (ended) {
                break;
            }
            if (!is_transient(ended.error())) {
                co_return;  // Somebody else's by now.
            }
        } else if (!is_transient(record.error())) {
            break;
        }
        if (!co_await runtime::sleep_for(parts.loop, retry_delay, parts.scope.token())) {
            co_return;
        }
    }
    if (closes_room && parts.rooms != nullptr) {
        co_await close_room(std::move(job), parts);
    }
}

}  // namespace studio::services
