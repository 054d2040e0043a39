#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "base/metric.hpp"
#include "ports/room_names.hpp"
#include "services/hosting/phone/phone_dialer.hpp"
#include "services/hosting/worker/worker.hpp"
#include "services/resources/agent_loader.hpp"

namespace studio::services {
namespace {

Counter& handovers(const char* result) {
    return metrics().counter("studio_handovers_total",
                             "Calls that this worker offered to others at its end, by outcome.",
                             "result=\"" + std::string(result) + "\"");
}

Counter& takeovers() {
    return metrics().counter("studio_takeovers_total",
                             "Calls that this worker carried on from another.");
}

}  // namespace

void Worker::show_figures() {
    for (const char* result : {"taken", "queue_away", "nobody_came"}) {
        static_cast<void>(handovers(result));
    }
    static_cast<void>(takeovers());
}

Worker::Held* Worker::find(const LeaseKey& key) {
    Held* held = find(key.call_id);
    const bool is_ours =
        held != nullptr && !held->is_lost && held->lease.fencing_token == key.fencing_token;
    return is_ours ? held : nullptr;
}

void Worker::drop(const LeaseKey& key) {
    const auto found = held_.find(key.call_id);
    if (found != held_.end() && found->second.lease.fencing_token == key.fencing_token) {
        held_.erase(found);
        changed_.wake_all();
    }
}

Task<void> Worker::hold(LeaseKey key) {
    const Instant media_until = parts_.loop.now() + options_.media_timeout;
    while (true) {
        RoomOrder order;
        switch (co_await prepare(key, &order)) {
            case Next::join:
                break;
            case Next::over:
                co_await finish(key);
                co_return;
            case Next::gone:
                drop(key);
                co_return;
            case Next::give_back:
                co_await give_back(key, !is_draining_);
                co_return;
        }
        if (find(key)->is_cancelled) {
            co_await end_unheld(key, core::EndReason::ended_by_api);
            co_return;
        }
        const auto joined = co_await try_join(key, &order);
        if (joined) {
            break;
        }
        // All workers ask the same media server: the attempts would be gone within its blink.
        const bool may_come_back =
            joined.error() == JoinError::unavailable && parts_.loop.now() < media_until;
        if (!may_come_back || is_draining_ || find(key) == nullptr ||
            !co_await pause(options_.retry_delay)) {
            co_await on_join_refused(key, joined.error());
            co_return;
        }
    }
    if (Held* held = find(key)) {
        held->joined_at = parts_.loop.now();
    }
    // on_call_ended() follows. A lease that was lost meanwhile was told to the host already.
    if (is_draining_ && find(key) != nullptr) {
        co_await hand_over(key);
    }
}

Task<Result<bool, JoinError>> Worker::try_join(LeaseKey key, RoomOrder* order) {
    const bool is_takeover =
        order->snapshot.has_value() || order->record.status != core::CallStatus::pending;
    auto joined = co_await parts_.dispatcher.join(std::move(*order));
    Held* newer = find(key.call_id);
    if (!joined && newer != nullptr && newer->lease.fencing_token > key.fencing_token) {
        newer->awaits_end = false;  // It would wait for the end of what never began.
        changed_.wake_all();
    }
    if (joined && is_takeover) {
        takeovers().add();
    }
    co_return joined;
}

Task<Worker::Next> Worker::prepare(LeaseKey key, RoomOrder* order) {
    while (const Held* held = find(key)) {
        if (!held->awaits_end) {
            break;
        }
        [[maybe_unused]] const bool woken =
            co_await changed_.wait_until(parts_.loop.now() + options_.take_wait);
        if (scope_.token().is_cancelled()) {
            co_return Next::gone;
        }
    }
    for (const auto step : {&Worker::load_record, &Worker::load_snapshot, &Worker::load_plan}) {
        const Next next = co_await (this->*step)(key, order);
        if (find(key) == nullptr || scope_.token().is_cancelled()) {
            co_return Next::gone;
        }
        if (next != Next::join) {
            co_return next;
        }
    }
    const Held* held = find(key);
    order->lease = held->life;
    order->join = held->join.value_or(RoomJoin{});
    order->join.room_name = held->lease.job.room_name;
    order->join.call_id = key.call_id;
    if (order->join.identity.empty()) {
        order->join.identity = agent_identity_of(key.call_id);
    }
    if (order->join.display_name.empty()) {
        order->join.display_name = order->record.agent_name;
    }
    if (order->record.type == core::CallType::sip &&
        order->record.direction == core::CallDirection::outbound) {
        // Nobody else in the room is taken for who was called.
        order->join.caller_identity = phone_identity_of(key.call_id);
    } else if (order->join.room_name == own_room_of(key.call_id)) {
        // Nor for who has the call's token.
        order->join.caller_identity = caller_identity_of(key.call_id);
    }
    order->join.may_lack_caller = order->snapshot.has_value() || order->refusal.has_value();
    order->join.phone_only = order->join.phone_only || order->record.type == core::CallType::sip;
    co_return Next::join;
}

/// The row gets our token here, so that the database refuses an earlier holder from now on.
Task<Worker::Next> Worker::load_record(LeaseKey key, RoomOrder* order) {
    const Instant give_up_at = parts_.loop.now() + options_.load_timeout;
    while (const Held* held = find(key)) {
        auto record =
            co_await parts_.calls.claim(held->lease.job.tenant_id, key.call_id, key.fencing_token);
        if (record) {
            order->record = std::move(*record);
            const bool is_over = core::is_final(order->record.status);
            order->record.fencing_token = key.fencing_token;
            co_return is_over ? Next::over : Next::join;
        }
        if (record.error() == StoreError::stale) {
            co_return Next::gone;
        }
        if (!is_transient(record.error())) {
            STUDIO_LOG(error, "job_without_call", {"call_id", key.call_id});
            co_return Next::over;
        }
        if (parts_.loop.now() >= give_up_at || is_draining_) {
            co_return Next::give_back;
        }
        if (!co_await pause(options_.retry_delay)) {
            break;
        }
    }
    co_return Next::gone;
}

/// Where the journal does not have the call, the transcript tells what was said.
Task<Worker::Next> Worker::load_snapshot(LeaseKey key, RoomOrder* order) {
    const Instant give_up_at = parts_.loop.now() + options_.journal_timeout;
    while (true) {
        const auto text = co_await parts_.journal.load(key);
        if (text && *text) {
            auto snapshot = parse_snapshot(**text);
            if (snapshot && snapshot->call_id == key.call_id) {
                // Of a call that was not active yet there is nothing to carry on.
                if (snapshot->call.phase >= core::Call::Phase::active) {
                    order->snapshot = std::move(*snapshot);
                }
            } else {
                STUDIO_LOG(
                    error, "snapshot_unreadable", {"call_id", key.call_id},
                    {"why", snapshot ? std::string("it is another call's") : snapshot.error()});
            }
        }
        if (text || text.error() == JournalError::corrupt) {
            break;
        }
        if (text.error() == JournalError::stale) {
            co_return Next::gone;
        }
        if (parts_.loop.now() >= give_up_at) {
            break;
        }
        if (!co_await pause(options_.retry_delay)) {
            co_return Next::gone;
        }
    }
    const core::CallRecord& record = order->record;
    if (!order->snapshot && record.status != core::CallStatus::active) {
        co_return Next::join;  // Nothing was said yet.
    }
    const auto entries = co_await parts_.calls.load_transcript(record.tenant_id, record.id);
    const std::vector<core::TranscriptEntry> known =
        entries ? *entries : std::vector<core::TranscriptEntry>{};
    if (order->snapshot) {
        add_entries(*order->snapshot, known);
    } else {
        // The plan's limit is not known yet; an hour is the longest that is usual.
        order->snapshot =
            make_snapshot(record, known, std::chrono::hours(1), parts_.loop.wall_now());
    }
    co_return Next::join;
}

Task<Worker::Next> Worker::load_plan(LeaseKey key, RoomOrder* order) {
    const Instant give_up_at = parts_.loop.now() + options_.load_timeout;
    while (const Held* held = find(key)) {
        if (held->refusal) {
            refuse(*order, *held->refusal);
            co_return Next::join;
        }
        auto agents = co_await load_agents(parts_.resources, order->record.tenant_id,
                                           order->record.agent_name);
        if (agents) {
            order->agents = std::move(*agents);
            co_return Next::join;
        }
        if (agents.error().code != ServiceErrorCode::unavailable) {
            STUDIO_LOG(error, "call_not_started", {"call_id", key.call_id},
                       {"why", agents.error().message});
            // Whoever waits in a room hears why nobody comes; nobody's phone is called for that.
            const bool is_called = order->record.type == core::CallType::sip &&
                                   order->record.direction == core::CallDirection::outbound;
            if (!order->snapshot && !is_called) {
                refuse(*order, core::EndReason::agent_not_valid);
                co_return Next::join;
            }
            [[maybe_unused]] const bool failed =
                co_await fail_call(order->record.tenant_id, key.call_id, key.fencing_token,
                                   core::EndReason::agent_not_valid);
            co_return Next::over;
        }
        if (parts_.loop.now() >= give_up_at || is_draining_) {
            co_return Next::give_back;
        }
        if (!co_await pause(options_.retry_delay)) {
            break;
        }
    }
    co_return Next::gone;
}

/// By voices that every process has; the agent's own may be what is wrong.
void Worker::refuse(RoomOrder& order, core::EndReason reason) const {
    order.refusal = reason;
    core::AgentPlan agent{order.record.agent_name, {}, {}};
    agent.config.session.farewell = options_.refusal_notice;
    order.agents = {std::move(agent)};
    order.snapshot.reset();
}

Task<void> Worker::on_join_refused(LeaseKey key, JoinError error) {
    if (find(key) == nullptr) {
        drop(key);
        co_return;
    }
    if (find(key)->is_cancelled) {
        co_await end_unheld(key, core::EndReason::ended_by_api);
        co_return;
    }
    switch (error) {
        case JoinError::unavailable:
            STUDIO_LOG(warning, "call_given_back", {"call_id", key.call_id}, {"why", "no_media"});
            co_await give_back(key, true);
            break;
        case JoinError::full:
            // It came while a loop closed or filled up. Calls do not die of our load.
            STUDIO_LOG(warning, "call_given_back", {"call_id", key.call_id}, {"why", "full"});
            co_await give_back(key, false);
            break;
        case JoinError::draining:
            co_await give_back(key, false);
            break;
        case JoinError::no_room:
            co_await end_unheld(key, core::EndReason::room_gone);
            break;
        case JoinError::failed:
            co_await end_unheld(key, core::EndReason::not_startable);
            break;
    }
}

Task<void> Worker::end_unheld(LeaseKey key, core::EndReason reason) {
    if (const Held* held = find(key)) {
        [[maybe_unused]] const bool failed =
            co_await fail_call(held->lease.job.tenant_id, key.call_id, key.fencing_token, reason);
    }
    co_await finish(key);
}

/// After the last write. A queue or a journal that is away is told when it is back; the journal
/// also where the lease is gone by then, since an acknowledgement whose answer was lost ends it,
/// too.
Task<void> Worker::finish(LeaseKey key) {
    bool is_erased = false;
    bool is_told = false;
    while (true) {
        if (!is_erased) {
            const auto erased = co_await parts_.journal.erase(key);
            is_erased = erased || erased.error() != JournalError::unavailable;
        }
        if (!is_told && find(key) != nullptr) {
            const auto told = co_await parts_.queue.acknowledge(key);
            is_told = told || told.error() == QueueError::stale;
            if (Held* held = find(key); held != nullptr && is_told) {
                held->is_released = true;  // There is nothing to renew while the journal is away.
            }
            if (told) {
                co_await close_room(key);
            }
        }
        const bool is_done = is_erased && (is_told || find(key) == nullptr);
        if (is_done || !co_await pause(options_.retry_delay)) {
            break;
        }
    }
    drop(key);
}

/// Who is left in a room that was made for the call learns that it is over. Rooms of others stay.
Task<void> Worker::close_room(LeaseKey key) {
    const Held* held = find(key);
    if (parts_.rooms != nullptr && held != nullptr &&
        is_own_room(held->lease.job.room_name, key.call_id)) {
        const auto closed = co_await parts_.rooms->delete_room(held->lease.job.room_name);
        if (!closed) {
            STUDIO_LOG(warning, "room_not_closed", {"call_id", key.call_id});
        }
    }
}

Task<void> Worker::give_back(LeaseKey key, bool counts) {
    while (Held* held = find(key)) {
        const core::Job job = held->lease.job;
        held->is_released = true;
        held->life->give_up();
        const auto waits = co_await parts_.queue.release(key, counts);
        if (waits && !*waits && counts) {
            // That was its last attempt.
            co_await end_dead_call(job, key.fencing_token, dead_call_parts());
        }
        if (waits || waits.error() == QueueError::stale || !co_await pause(options_.retry_delay)) {
            break;
        }
    }
    drop(key);
}

/// The call freezes at a moment between turns, is kept, and is offered; it stays in its room until
/// another worker is there.
Task<void> Worker::hand_over(LeaseKey key) {
    const bool frozen = co_await parts_.dispatcher.hand_over(key.call_id, options_.turn_patience);
    Held* held = find(key);
    if (!frozen || held == nullptr) {
        co_return;
    }
    held->is_released = true;
    held->life->give_up();
    const auto released = co_await parts_.queue.release(key, false);
    held = find(key);
    if (held == nullptr) {
        co_return;
    }
    if (!released) {
        // Away: the call goes on here, under its lease.
        held->is_released = false;
        handovers("queue_away").add();
        parts_.dispatcher.thaw(key.call_id);
        co_return;
    }
    const Instant give_up_at = parts_.loop.now() + options_.replacement_timeout;
    while (find(key) != nullptr && parts_.loop.now() < give_up_at) {
        [[maybe_unused]] const bool woken = co_await changed_.wait_until(give_up_at);
        if (scope_.token().is_cancelled()) {
            co_return;
        }
    }
    if (find(key) == nullptr) {
        handovers("taken").add();
        co_return;
    }
    STUDIO_LOG(warning, "nobody_took_the_call", {"call_id", key.call_id});
    handovers("nobody_came").add();
    parts_.dispatcher.thaw(key.call_id);
}

}  // namespace studio::services
