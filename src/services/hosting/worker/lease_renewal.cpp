#include "services/hosting/worker/internal/lease_renewal.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "base/metric.hpp"

namespace studio::services {

Task<void> LeaseRenewal::run() {
    while (co_await context_.pause(context_.options.renew_interval)) {
        std::vector<Lease> leases;
        for (auto& [id, held] : context_.held.all()) {
            if (held.joined_at &&
                context_.now() - *held.joined_at >= context_.options.healthy_after) {
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
        const Instant asked_at = context_.now();
        const auto renewed = co_await context_.parts.queue.renew(
            context_.options.worker_id, std::move(leases), context_.options.lease_duration);
        if (!renewed) {
            continue;  // The queue is away: calls go on, and it is asked again.
        }
        std::for_each(renewed->cancelled.begin(), renewed->cancelled.end(),
                      [this](const CallId& id) { cancel(id); });
        note_renewed(asked, asked_at, renewed->stale);
    }
}

void LeaseRenewal::note_renewed(const std::vector<Lease>& asked, Instant asked_at,
                                const std::vector<CallId>& stale) {
    for (const Lease& lease : asked) {
        const CallId& id = lease.job.call_id;
        HeldLease* held = context_.held.find(LeaseKey{id, lease.fencing_token});
        // A lease that was exchanged meanwhile was not what was asked for.
        if (held == nullptr || held->is_released) {
            continue;
        }
        if (std::find(stale.begin(), stale.end(), id) != stale.end()) {
            lose(id);
        } else {
            held->life->prolong(context_.certain_until(asked_at));
        }
    }
}

void LeaseRenewal::lose(const CallId& id) {
    static Counter& lost = metrics().counter(
        "studio_calls_lost_total", "Calls that another worker took from this one unasked.");
    HeldLease* held = context_.held.find(id);
    if (held == nullptr || std::exchange(held->is_lost, true)) {
        return;
    }
    held->life->give_up();
    context_.held.note_change();
    lost.add();
    STUDIO_LOG(warning, "lease_stale", {"call_id", id});
    context_.parts.dispatcher.abandon(id);
    // Where no host has it yet, hold() sees the mark.
}

void LeaseRenewal::cancel(const CallId& id) {
    HeldLease* held = context_.held.find(id);
    if (held != nullptr && !held->is_lost && !std::exchange(held->is_cancelled, true)) {
        STUDIO_LOG(info, "call_cancelled", {"call_id", id});
        context_.scope.spawn(end_held(id));
        // Where no host has it yet, hold() sees the mark.
    }
}

Task<void> LeaseRenewal::end_held(CallId id) {
    [[maybe_unused]] const bool is_here =
        co_await context_.parts.dispatcher.end(id, core::EndReason::ended_by_api);
}

}  // namespace studio::services
