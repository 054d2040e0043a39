#include "services/hosting/worker/internal/job_ending.hpp"

#include <utility>

#include "base/log.hpp"
#include "ports/room_names.hpp"
#include "services/calls/end/call_ending.hpp"

namespace studio::services {

/// After the last write. A queue or a journal that is away is told when it is back; the journal
/// also where the lease is gone by then, since an acknowledgement whose answer was lost ends it,
/// too.
Task<void> JobEnding::finish(LeaseKey key) {
    bool is_erased = false;
    bool is_told = false;
    while (true) {
        if (!is_erased) {
            const auto erased = co_await context_.parts.journal.erase(key);
            is_erased = erased || erased.error() != JournalError::unavailable;
        }
        if (!is_told && context_.held.find(key) != nullptr) {
            const auto told = co_await context_.parts.queue.acknowledge(key);
            is_told = told || told.error() == QueueError::stale;
            if (HeldLease* held = context_.held.find(key); held != nullptr && is_told) {
                held->is_released = true;  // There is nothing to renew while the journal is away.
            }
            if (told) {
                co_await close_room(key);
            }
        }
        const bool is_done = is_erased && (is_told || context_.held.find(key) == nullptr);
        if (is_done) {
            break;
        }
        const bool goes_on = co_await context_.pause(context_.options.retry_delay);
        if (!goes_on) {
            break;
        }
    }
    context_.held.drop(key);
}

/// Who is left in a room that was made for the call learns that it is over. Rooms of others stay.
Task<void> JobEnding::close_room(LeaseKey key) {
    const HeldLease* held = context_.held.find(key);
    if (context_.parts.rooms != nullptr && held != nullptr &&
        is_own_room(held->lease.job.room_name, key.call_id)) {
        const auto closed = co_await context_.parts.rooms->delete_room(held->lease.job.room_name);
        if (!closed) {
            STUDIO_LOG(warning, "room_not_closed", {"call_id", key.call_id});
        }
    }
}

Task<void> JobEnding::give_back(LeaseKey key, bool counts) {
    while (HeldLease* held = context_.held.find(key)) {
        const core::Job job = held->lease.job;
        held->is_released = true;
        held->life->give_up();
        const auto waits = co_await context_.parts.queue.release(key, counts);
        if (waits && !*waits && counts) {
            // That was its last attempt.
            co_await end_dead_call(job, key.fencing_token, context_.dead_call_parts());
        }
        if (waits || waits.error() == QueueError::stale) {
            break;
        }
        const bool goes_on = co_await context_.pause(context_.options.retry_delay);
        if (!goes_on) {
            break;
        }
    }
    context_.held.drop(key);
}

Task<void> JobEnding::end_unheld(LeaseKey key, core::EndReason reason) {
    if (const HeldLease* held = context_.held.find(key)) {
        [[maybe_unused]] const bool failed =
            co_await fail_call(held->lease.job.tenant_id, key.call_id, key.fencing_token, reason);
    }
    co_await finish(key);
}

Task<bool> JobEnding::fail_call(TenantId tenant, CallId id, std::uint64_t token,
                                core::EndReason reason) {
    while (true) {
        auto record = co_await context_.parts.calls.load(tenant, id);
        if (record && core::is_final(record->status)) {
            co_return true;
        }
        if (record) {
            if (token != 0) {
                record->fencing_token = token;  // A later holder's row is not ours to end.
            }
            const auto ended = co_await save_ended(context_.parts.calls, std::move(*record), reason,
                                                   context_.parts.loop.wall_now());
            if (ended || !is_transient(ended.error())) {
                co_return ended.has_value();
            }
        } else if (!is_transient(record.error())) {
            co_return false;
        }
        if (!co_await context_.pause(context_.options.retry_delay)) {
            co_return false;
        }
    }
}

}  // namespace studio::services
