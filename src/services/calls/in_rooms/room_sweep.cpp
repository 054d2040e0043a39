#include <utility>

#include "base/log.hpp"
#include "base/metric.hpp"
#include "ports/room_names.hpp"
#include "services/calls/end/dead_call.hpp"
#include "services/calls/in_rooms/internal/room_jobs.hpp"
#include "services/calls/in_rooms/room_calls.hpp"

namespace studio::services {
namespace {

Counter& swept_calls() {
    static Counter& counter = metrics().counter(
        "studio_calls_swept_total", "Pending calls that a sweep put into the queue afterwards.");
    return counter;
}

Counter& restored_calls() {
    static Counter& counter = metrics().counter(
        "studio_calls_restored_total",
        "Calls without a worker that the queue had forgotten and was told again.");
    return counter;
}

}  // namespace

milliseconds RoomCalls::jittered(milliseconds pause) const {
    const auto base = static_cast<std::uint64_t>(pause.count());
    return milliseconds(
        static_cast<std::int64_t>(base * 3 / 4 + parts_.entropy.u64() % (base / 2 + 1)));
}

Task<void> RoomCalls::sweep_again_and_again() {
    milliseconds pause = options_.sweep_interval;
    while (co_await runtime::sleep_for(parts_.loop, jittered(pause), scope_.token())) {
        co_await reap();
        const bool swept = co_await sweep();
        pause = swept ? options_.sweep_interval : options_.outage_pause;
        if (swept && parts_.loop.now() - restored_at_ >= options_.restore_interval) {
            restored_at_ = parts_.loop.now();
            co_await restore_forgotten();
        }
    }
}

/// As workers do, for the time when none is left: jobs wait again, so that autoscaling sees them.
Task<void> RoomCalls::reap() {
    const auto reaped = co_await parts_.queue.reap();
    if (!reaped) {
        co_return;
    }
    for (const core::Job& job : reaped->dead) {
        scope_.spawn(end_dead_call(job, 0, {parts_.calls, &parts_.rooms, parts_.loop, scope_}));
    }
}

/// False where the database is away.
Task<bool> RoomCalls::sweep() {
    auto waiting = co_await parts_.recovery.list_pending(
        parts_.loop.wall_now() - options_.sweep_age_min, options_.sweep_count_max);
    if (!waiting) {
        co_return false;
    }
    for (core::CallRecord& record : *waiting) {
        const bool goes_on = co_await sweep_one(std::move(record));
        if (!goes_on || scope_.token().is_cancelled()) {
            break;
        }
    }
    co_return true;
}

/// False where the queue is away.
Task<bool> RoomCalls::sweep_one(core::CallRecord record) {
    if (parts_.loop.wall_now() - record.created_at > options_.waiting_time_max) {
        count_refusal(core::EndReason::no_worker);
        if (co_await end_pending(record, core::EndReason::no_worker)) {
            const auto met = co_await parts_.queue.cancel(record.id);
            if (record.room_name == own_room_of(record.id)) {
                co_await close_room(record.room_name);
            }
            if (!met) {
                // It would keep its place among those that wait, and nobody looks at the row again.
                scope_.spawn(see_to_end(std::move(record)));
            }
        }
        co_return true;
    }
    // Who was answered is let in whatever waits by now; the calls at once stay limited, and the
    // next free place is theirs, not that of a call which is asked for just then.
    const AdmissionLimits limits{.tenant_calls_max = options_.limits.tenant_calls_max,
                                 .agent_calls_max = options_.limits.agent_calls_max,
                                 .place_kept = 5 * options_.sweep_interval};
    const auto pushed = co_await parts_.queue.push(make_job(record), limits);
    if (pushed && *pushed) {
        swept_calls().add();
        STUDIO_LOG(info, "call_swept_into_queue", {"call_id", record.id});
    }
    co_return pushed || pushed.error() != QueueError::unavailable;
}

Task<void> RoomCalls::restore_forgotten() {
    WallTime after{};
    CallId after_id;
    for (bool more = true; more && !scope_.token().is_cancelled();) {
        const auto held =
            co_await parts_.recovery.list_held(after, after_id, options_.sweep_count_max);
        if (!held || held->empty()) {
            co_return;
        }
        std::vector<core::Job> jobs;
        for (const core::CallRecord& record : *held) {
            jobs.push_back(make_job(record));
            // Not its age: that would look as if others had waited as long.
            jobs.back().queued_at = parts_.loop.wall_now();
        }
        const auto restored = co_await parts_.queue.restore(std::move(jobs));
        if (!restored) {
            co_return;
        }
        for (const CallId& id : *restored) {
            restored_calls().add();
            STUDIO_LOG(warning, "call_restored", {"call_id", id});
        }
        after = held->back().created_at;
        after_id = held->back().id;
        more = held->size() == options_.sweep_count_max;
    }
}

}  // namespace studio::services
