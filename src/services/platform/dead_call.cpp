#include "services/platform/dead_call.hpp"

#include <utility>

#include "base/log.hpp"
#include "services/platform/service_error.hpp"

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
    bool closes_room = job.room_name == "call-" + job.call_id.text();
    while (true) {
        auto record = co_await parts.calls.load(job.tenant_id, job.call_id);
        if (record) {
            closes_room = closes_room || record->type == core::CallType::sip;
            if (core::is_final(record->status)) {
                break;  // Whoever wrote that may have died before the room was closed.
            }
            record->status = core::CallStatus::failed;
            record->status_reason = "workers_lost";
            record->ended_at = parts.loop.wall_now();
            if (fencing_token != 0) {
                record->fencing_token = fencing_token;
            }
            const auto saved = co_await parts.calls.save(std::move(*record));
            if (saved) {
                STUDIO_LOG(info, "call_failed", {"call_id", job.call_id},
                           {"reason", "workers_lost"});
                break;
            }
            if (!is_transient(saved.error())) {
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
