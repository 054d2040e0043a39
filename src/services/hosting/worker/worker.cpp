#include "services/hosting/worker/worker.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "base/metric.hpp"
#include "services/calls/end/call_ending.hpp"

namespace studio::services {
namespace {

Counter& count_of(const char* name, const char* help) {
    return metrics().counter(name, help);
}

Counter& doors_closed(std::string_view reason) {
    return metrics().counter("studio_doors_closed_total",
                             "Times that no further call was taken, by what was too much.",
                             "reason=\"" + std::string(reason) + '"');
}

HoldError to_hold_error(QueueError error) {
    switch (error) {
        case QueueError::tenant_limit:
        case QueueError::agent_limit:
            return HoldError::limit_reached;
        case QueueError::worker_limit:
        case QueueError::overloaded:
            return HoldError::no_place;
        case QueueError::room_taken:
            return HoldError::room_taken;
        case QueueError::stale:
            return HoldError::taken_elsewhere;
        case QueueError::unavailable:
        case QueueError::corrupt:
            break;
    }
    return HoldError::queue_unavailable;
}

}  // namespace

std::vector<std::string> validate(const WorkerOptions& options) {
    std::vector<std::string> errors;
    if (options.worker_id.empty()) {
        errors.emplace_back("the worker has no id");
    }
    if (options.calls_max == 0) {
        errors.emplace_back("the number of calls is zero");
    }
    if (options.renew_interval * 2 > options.lease_duration) {
        errors.emplace_back("leases last less than two renewals");
    }
    return errors;
}

Worker::Worker(WorkerOptions options, Parts parts)
    : options_(std::move(options)), parts_(parts), changed_(parts.loop), scope_(parts.loop) {}

void Worker::start() {
    show_figures();
    for (const char* reason : {"gaps", "core_full", "late", "greeting"}) {
        static_cast<void>(doors_closed(reason));
    }
    scope_.spawn(take_jobs());
    scope_.spawn(renew_leases());
    scope_.spawn(reap_leases());
}

bool Worker::has_room() const {
    return !is_draining_ && held_.size() < options_.calls_max && parts_.dispatcher.has_room() &&
           !is_slow();
}

bool Worker::is_slow() const {
    const Instant now = parts_.loop.now();
    const auto slow = std::ranges::count_if(held_, [this, now](const auto& entry) {
        const Held& held = entry.second;
        return !held.joined_at && !held.is_released && !held.is_lost &&
               now - held.begun_at > options_.greeting_limit;
    });
    return static_cast<std::size_t>(slow) >= options_.slow_calls_max;
}

Worker::Held* Worker::find(const CallId& id) {
    const auto found = held_.find(id);
    return found == held_.end() ? nullptr : &found->second;
}

TakeRequest Worker::take_request() const {
    return {.worker_id = options_.worker_id,
            .worker_calls_max = options_.calls_max,
            .agents = options_.agents,
            .lease_duration = options_.lease_duration};
}

Task<bool> Worker::pause(milliseconds duration) {
    return runtime::sleep_for(parts_.loop, duration, scope_.token());
}

Task<void> Worker::take_jobs() {
    while (!is_draining_ && !scope_.token().is_cancelled()) {
        if (!has_room()) {
            // It may also be the machine that has recovered, of which nobody tells.
            [[maybe_unused]] const bool woken = co_await parts_.dispatcher.wait_for_change(
                parts_.loop.now() + options_.retry_delay);
            continue;
        }
        is_taking_ = true;
        const Instant asked_at = parts_.loop.now();
        auto lease = co_await parts_.queue.take(take_request(), options_.take_wait);
        is_taking_ = false;
        changed_.wake_all();
        if (!lease) {
            [[maybe_unused]] const bool slept = co_await pause(options_.retry_delay);
            continue;
        }
        if (!*lease) {
            continue;
        }
        if (is_draining_ || scope_.token().is_cancelled()) {
            // It came while we were told to stop: another worker takes it at once.
            const LeaseKey key{(*lease)->job.call_id, (*lease)->fencing_token};
            [[maybe_unused]] const auto released = co_await parts_.queue.release(key, false);
            continue;
        }
        begin(std::move(**lease), asked_at, std::nullopt);
    }
}

void Worker::begin(Lease lease, Instant asked_at, std::optional<RoomJoin> join,
                   std::optional<core::EndReason> refusal) {
    const CallId id = lease.job.call_id;
    const LeaseKey key{id, lease.fencing_token};
    // We may have lost it without knowing: what is here then is an earlier holder's.
    const bool was_here = parts_.dispatcher.holds(id);
    if (was_here) {
        parts_.dispatcher.abandon(id);
    }
    Held held{.lease = std::move(lease),
              .begun_at = parts_.loop.now(),
              .life = std::make_shared<LeaseLife>(certain_until(asked_at)),
              .join = std::move(join),
              .refusal = refusal,
              .awaits_end = was_here};
    held_.insert_or_assign(id, std::move(held));
    changed_.wake_all();
    scope_.spawn(hold(key));
}

Task<Result<bool, HoldError>> Worker::take_directly(HoldRequest request, AdmissionLimits limits) {
    const bool is_refusal = request.refusal.has_value();
    if (held_.contains(request.record.id)) {
        // It waited in the queue and was taken from there, by ourselves.
        co_return fail(HoldError::taken_elsewhere);
    }
    if (is_draining_ || (!is_refusal && !has_room())) {
        co_return fail(HoldError::no_place);
    }
    TakeRequest take = take_request();
    if (is_refusal) {
        // A sentence is no call: neither the limits of others nor our own keep it from being said.
        limits = {};
        take.worker_calls_max += options_.refusals_max;
    }
    const core::CallRecord& record = request.record;
    core::Job job{record.id, record.tenant_id, record.agent_name, record.room_name,
                  1,         record.created_at};
    const Instant asked_at = parts_.loop.now();
    auto lease = co_await parts_.queue.take_directly(std::move(job), limits, std::move(take));
    if (!lease) {
        co_return fail(to_hold_error(lease.error()));
    }
    // GCC 12 destroys a braced temporary inside `co_await` twice: it needs a name.
    LeaseKey key{record.id, lease->fencing_token};
    const auto written = co_await write_row(request.record, std::move(key));
    if (written) {
        begin(std::move(*lease), asked_at, std::move(request.join), request.refusal);
    }
    co_return written;
}

/// After the lease: who is refused it leaves no row.
Task<Result<bool, HoldError>> Worker::write_row(core::CallRecord record, LeaseKey key) {
    const auto created = co_await parts_.calls.create(std::move(record));
    if (created || created.error() == StoreError::conflict) {
        co_return true;
    }
    // Where that is lost the lease ends by itself, and whoever takes the job finds no row.
    static_cast<void>(co_await parts_.queue.acknowledge(std::move(key)));
    co_return fail(HoldError::store_unavailable);
}

Task<void> Worker::renew_leases() {
    while (co_await pause(options_.renew_interval)) {
        std::vector<Lease> leases;
        for (auto& [id, held] : held_) {
            if (held.joined_at && parts_.loop.now() - *held.joined_at >= options_.healthy_after) {
                held.lease.job.attempt = 1;  // The renewal writes the job back.
            }
            if (!held.is_released && !held.is_lost) {
                leases.push_back(held.lease);
            }
        }
        if (leases.empty()) {
            continue;
        }
        const std::vector<Lease> asked = leases;
        const Instant asked_at = parts_.loop.now();
        const auto renewed = co_await parts_.queue.renew(options_.worker_id, std::move(leases),
                                                         options_.lease_duration);
        if (!renewed) {
            continue;  // The queue is away: calls go on, and it is asked again.
        }
        std::for_each(renewed->cancelled.begin(), renewed->cancelled.end(),
                      [this](const CallId& id) { cancel(id); });
        note_renewed(asked, asked_at, renewed->stale);
    }
}

void Worker::note_renewed(const std::vector<Lease>& asked, Instant asked_at,
                          const std::vector<CallId>& stale) {
    for (const Lease& lease : asked) {
        const CallId& id = lease.job.call_id;
        Held* held = find(LeaseKey{id, lease.fencing_token});
        // A lease that was exchanged meanwhile was not what was asked for.
        if (held == nullptr || held->is_released) {
            continue;
        }
        if (std::find(stale.begin(), stale.end(), id) != stale.end()) {
            lose(id);
        } else {
            held->life->prolong(certain_until(asked_at));
        }
    }
}

std::vector<CallId> Worker::held_calls() const {
    std::vector<CallId> calls;
    for (const auto& [id, held] : held_) {
        if (held.joined_at && !held.is_lost && !held.is_released) {
            calls.push_back(id);
        }
    }
    return calls;
}

void Worker::lose(const CallId& id) {
    static Counter& lost = count_of("studio_calls_lost_total",
                                    "Calls that another worker took from this one unasked.");
    Held* held = find(id);
    if (held == nullptr || std::exchange(held->is_lost, true)) {
        return;
    }
    held->life->give_up();
    changed_.wake_all();
    lost.add();
    STUDIO_LOG(warning, "lease_stale", {"call_id", id});
    parts_.dispatcher.abandon(id);
    // Where no host has it yet, hold() sees the mark.
}

void Worker::cancel(const CallId& id) {
    Held* held = find(id);
    if (held != nullptr && !held->is_lost && !std::exchange(held->is_cancelled, true)) {
        STUDIO_LOG(info, "call_cancelled", {"call_id", id});
        scope_.spawn(end_held(id));
        // Where no host has it yet, hold() sees the mark.
    }
}

Task<void> Worker::end_held(CallId id) {
    [[maybe_unused]] const bool is_here =
        co_await parts_.dispatcher.end(id, core::EndReason::ended_by_api);
}

Task<void> Worker::reap_leases() {
    static Counter& expired =
        count_of("studio_leases_expired_total", "Leases that ended because their worker was gone.");
    while (co_await pause(options_.reap_interval)) {
        const auto outcome = co_await parts_.queue.reap();
        if (!outcome) {
            continue;
        }
        expired.add(outcome->put_back.size() + outcome->dead.size());
        for (const core::Job& job : outcome->dead) {
            // The row's own token is the newest there is.
            scope_.spawn(end_dead_call(job, 0, dead_call_parts()));
        }
    }
}

DeadCallParts Worker::dead_call_parts() {
    return {parts_.calls, parts_.rooms, parts_.loop, scope_};
}

Task<bool> Worker::fail_call(TenantId tenant, CallId id, std::uint64_t token,
                             core::EndReason reason) {
    while (true) {
        auto record = co_await parts_.calls.load(tenant, id);
        if (record && core::is_final(record->status)) {
            co_return true;
        }
        if (record) {
            if (token != 0) {
                record->fencing_token = token;  // A later holder's row is not ours to end.
            }
            const auto ended = co_await save_ended(parts_.calls, std::move(*record), reason,
                                                   parts_.loop.wall_now());
            if (ended || !is_transient(ended.error())) {
                co_return ended.has_value();
            }
        } else if (!is_transient(record.error())) {
            co_return false;
        }
        if (!co_await pause(options_.retry_delay)) {
            co_return false;
        }
    }
}

void Worker::on_call_ended(const CallId& id, CallEnd end) {
    parts_.dispatcher.on_call_ended(id);
    parts_.loop.post([this, id, end] {
        Held* held = find(id);
        if (held == nullptr || std::exchange(held->awaits_end, false)) {
            changed_.wake_all();
            return;
        }
        const LeaseKey key{id, held->lease.fencing_token};
        if (end == CallEnd::stored) {
            scope_.spawn(finish(key));
        } else if (held->is_lost || held->is_released) {
            held_.erase(id);
            changed_.wake_all();
        } else {
            // Somebody took our place, and the queue knows who was right: whoever is given the
            // lease next is the holder, under a greater token.
            scope_.spawn(give_back(key, true));
        }
    });
}

void Worker::on_load(std::size_t index, const LoopLoad& load) {
    while (guards_.size() <= index) {
        guards_.emplace_back(options_.load_limits);
    }
    LoadGuard& guard = guards_[index];
    const LoadReason before = guard.reason();
    guard.handle(load, parts_.loop.now());
    parts_.dispatcher.set_places(index, guard.places());
    if (guard.reason() != before) {
        const bool is_open = guard.is_open();
        if (!is_open) {
            doors_closed(name_of(guard.reason())).add();
        }
        STUDIO_LOG(warning, is_open ? "door_opened" : "door_closed", {"loop", index},
                   {"reason", name_of(is_open ? before : guard.reason())},
                   {"core_percent", static_cast<int>(load.core * 100)},
                   {"lag_ms", to_milliseconds(load.lag)}, {"frames_gapped", load.frames_gapped},
                   {"frames_late", load.frames_late}, {"frames", load.frames},
                   {"calls", load.calls});
    }
    if (const bool slow = is_slow(); std::exchange(was_slow_, slow) != slow) {
        if (slow) {
            doors_closed("greeting").add();
        }
        STUDIO_LOG(warning, slow ? "door_closed" : "door_opened", {"reason", "greeting"},
                   {"calls", held_.size()});
    }
}

Task<bool> Worker::drain(milliseconds timeout) {
    is_draining_ = true;
    const milliseconds goodbye_timeout = std::min(options_.goodbye_timeout, timeout / 2);
    const Instant hand_over_until = parts_.loop.now() + timeout - goodbye_timeout;
    // A request for a job that is under way would bring the very calls that are given back.
    while (is_taking_ && parts_.loop.now() < hand_over_until && !scope_.token().is_cancelled()) {
        [[maybe_unused]] const bool woken = co_await changed_.wait_until(hand_over_until);
    }
    for (const auto& [id, held] : held_) {
        scope_.spawn(hand_over({id, held.lease.fencing_token}));
    }
    const bool all_gone = co_await wait_until_empty(hand_over_until - parts_.loop.now());
    if (all_gone) {
        co_return true;
    }
    STUDIO_LOG(warning, "calls_not_handed_over", {"count", held_.size()});
    [[maybe_unused]] const bool ended = co_await parts_.dispatcher.drain(goodbye_timeout);
    // The queue hears of them; where it is away, whoever takes such a job finds that it is over.
    [[maybe_unused]] const bool told = co_await wait_until_empty(milliseconds(1'000));
    co_return false;
}

Task<bool> Worker::wait_until_empty(nanoseconds timeout) {
    const Instant deadline = parts_.loop.now() + timeout;
    while (!held_.empty() && parts_.loop.now() < deadline && !scope_.token().is_cancelled()) {
        [[maybe_unused]] const bool woken = co_await changed_.wait_until(deadline);
    }
    co_return held_.empty();
}

Task<void> Worker::close() {
    is_draining_ = true;
    scope_.request_cancel();
    changed_.wake_all();
    parts_.dispatcher.wake();
    co_await scope_.close();
}

}  // namespace studio::services
