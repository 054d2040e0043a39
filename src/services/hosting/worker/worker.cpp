#include "services/hosting/worker/worker.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "base/metric.hpp"
#include "services/hosting/worker/internal/job_life.hpp"
#include "services/hosting/worker/internal/lease_renewal.hpp"
#include "services/hosting/worker/internal/worker_context.hpp"
#include "services/hosting/worker/internal/worker_door.hpp"

namespace studio::services {
namespace {

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

Worker::Worker(WorkerOptions options, Parts parts)
    : context_(std::make_unique<WorkerContext>(std::move(options), parts)),
      life_(std::make_unique<JobLife>(*context_)),
      renewal_(std::make_unique<LeaseRenewal>(*context_)),
      door_(std::make_unique<WorkerDoor>(*context_)) {}

Worker::~Worker() = default;

void Worker::start() {
    JobLife::show_figures();
    WorkerDoor::show_figures();
    context_->scope.spawn(take_jobs());
    context_->scope.spawn(renewal_->run());
    context_->scope.spawn(reap_leases());
}

std::size_t Worker::count() const {
    return context_->held.calls();
}

bool Worker::has_room() const {
    return door_->has_room();
}

void Worker::on_load(std::size_t index, const LoopLoad& load) {
    door_->on_load(index, load);
}

void Worker::on_call_ended(const CallId& id, CallEnd end) {
    context_->parts.dispatcher.on_call_ended(id);
    context_->parts.loop.post([this, id, end] { life_->on_call_ended(id, end); });
}

std::vector<CallId> Worker::held_calls() const {
    std::vector<CallId> calls;
    for (const auto& [id, held] : context_->held.all()) {
        if (held.joined_at && !held.is_lost && !held.is_released) {
            calls.push_back(id);
        }
    }
    return calls;
}

TakeRequest Worker::take_request() const {
    // The queue counts leases, those of callers who are only told a sentence among them.
    const auto refusals = static_cast<std::uint32_t>(context_->held.refusals());
    return {.worker_id = context_->options.worker_id,
            .worker_calls_max = context_->options.calls_max + refusals,
            .agents = context_->options.agents,
            .lease_duration = context_->options.lease_duration};
}

Task<void> Worker::take_jobs() {
    while (!context_->is_draining && !context_->is_closing()) {
        if (!has_room()) {
            // Whatever makes room wakes this: a call that went, a loop that opened, a lease that
            // went or came into its room. Only of one that is being given back nobody tells.
            [[maybe_unused]] const bool woken =
                co_await context_->parts.dispatcher.places().wait_for_change(
                    context_->now() + context_->options.take_wait);
            continue;
        }
        is_taking_ = true;
        const Instant asked_at = context_->now();
        auto lease =
            co_await context_->parts.queue.take(take_request(), context_->options.take_wait);
        is_taking_ = false;
        context_->held.note_change();
        if (!lease) {
            [[maybe_unused]] const bool slept =
                co_await context_->pause(context_->options.retry_delay);
            continue;
        }
        if (!*lease) {
            continue;
        }
        if (context_->is_draining || context_->is_closing()) {
            // It came while we were told to stop: another worker takes it at once.
            const LeaseKey key{(*lease)->job.call_id, (*lease)->fencing_token};
            [[maybe_unused]] const auto released =
                co_await context_->parts.queue.release(key, false);
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
    const bool was_here = context_->parts.dispatcher.places().placed().contains(id);
    if (was_here) {
        context_->parts.dispatcher.abandon(id);
    }
    HeldLease held{.lease = std::move(lease),
                   .begun_at = context_->now(),
                   .life = std::make_shared<LeaseLife>(context_->certain_until(asked_at)),
                   .join = std::move(join),
                   .refusal = refusal,
                   .awaits_end = was_here};
    context_->held.put(std::move(held));
    context_->scope.spawn(life_->hold(key));
}

Task<Result<bool, HoldError>> Worker::take_directly(HoldRequest request, AdmissionLimits limits) {
    const bool is_refusal = request.refusal.has_value();
    if (context_->held.all().contains(request.record.id)) {
        // It waited in the queue and was taken from there, by ourselves.
        co_return fail(HoldError::taken_elsewhere);
    }
    if (context_->is_draining || (!is_refusal && !has_room())) {
        co_return fail(HoldError::no_place);
    }
    TakeRequest take = take_request();
    if (is_refusal) {
        // A sentence is no call: neither the limits of others nor our own keep it from being said.
        limits = {};
        take.worker_calls_max = context_->options.calls_max + context_->options.refusals_max;
    }
    const core::CallRecord& record = request.record;
    core::Job job{record.id, record.tenant_id, record.agent_name, record.room_name,
                  1,         record.created_at};
    const Instant asked_at = context_->now();
    auto lease =
        co_await context_->parts.queue.take_directly(std::move(job), limits, std::move(take));
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
    const auto created = co_await context_->parts.calls.create(std::move(record));
    if (created || created.error() == StoreError::conflict) {
        co_return true;
    }
    // Where that is lost the lease ends by itself, and whoever takes the job finds no row.
    static_cast<void>(co_await context_->parts.queue.acknowledge(std::move(key)));
    co_return fail(HoldError::store_unavailable);
}

Task<void> Worker::reap_leases() {
    static Counter& expired = metrics().counter("studio_leases_expired_total",
                                                "Leases that ended because their worker was gone.");
    while (co_await context_->pause(context_->options.reap_interval)) {
        const auto outcome = co_await context_->parts.queue.reap();
        if (!outcome) {
            continue;
        }
        expired.add(outcome->put_back.size() + outcome->dead.size());
        for (const core::Job& job : outcome->dead) {
            // The row's own token is the newest there is.
            context_->scope.spawn(end_dead_call(job, 0, context_->dead_call_parts()));
        }
    }
}

Task<bool> Worker::drain(milliseconds timeout) {
    context_->is_draining = true;
    const milliseconds goodbye_timeout = std::min(context_->options.goodbye_timeout, timeout / 2);
    const Instant hand_over_until = context_->now() + timeout - goodbye_timeout;
    // A request for a job that is under way would bring the very calls that are given back.
    while (is_taking_ && context_->now() < hand_over_until && !context_->is_closing()) {
        [[maybe_unused]] const bool woken =
            co_await context_->held.wait_for_change(hand_over_until);
    }
    for (const auto& [id, held] : context_->held.all()) {
        context_->scope.spawn(life_->hand_over({id, held.lease.fencing_token}));
    }
    const bool all_gone = co_await wait_until_empty(hand_over_until - context_->now());
    if (all_gone) {
        co_return true;
    }
    STUDIO_LOG(warning, "calls_not_handed_over", {"count", context_->held.all().size()});
    [[maybe_unused]] const bool ended = co_await context_->parts.dispatcher.drain(goodbye_timeout);
    // The queue hears of them; where it is away, whoever takes such a job finds that it is over.
    [[maybe_unused]] const bool told = co_await wait_until_empty(milliseconds(1'000));
    co_return false;
}

Task<bool> Worker::wait_until_empty(nanoseconds timeout) {
    const Instant deadline = context_->now() + timeout;
    while (!context_->held.all().empty() && context_->now() < deadline && !context_->is_closing()) {
        [[maybe_unused]] const bool woken = co_await context_->held.wait_for_change(deadline);
    }
    co_return context_->held.all().empty();
}

Task<void> Worker::close() {
    context_->is_draining = true;
    context_->scope.request_cancel();
    context_->held.note_change();
    co_await context_->scope.close();
}

}  // namespace studio::services
