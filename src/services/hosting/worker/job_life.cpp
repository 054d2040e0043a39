#include "services/hosting/worker/internal/job_life.hpp"

#include <string>
#include <utility>

#include "base/log.hpp"
#include "base/metric.hpp"

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

void JobLife::show_figures() {
    for (const char* result : {"taken", "queue_away", "nobody_came"}) {
        static_cast<void>(handovers(result));
    }
    static_cast<void>(takeovers());
}

Task<void> JobLife::hold(LeaseKey key) {
    const Instant media_until = context_.now() + context_.options.media_timeout;
    while (true) {
        RoomOrder order;
        switch (co_await loader_.load(key, &order)) {
            case OrderLoader::Next::join:
                break;
            case OrderLoader::Next::over:
                co_await ending_.finish(key);
                co_return;
            case OrderLoader::Next::gone:
                context_.held.drop(key);
                co_return;
            case OrderLoader::Next::give_back:
                co_await ending_.give_back(key, !context_.is_draining);
                co_return;
        }
        if (context_.held.find(key)->is_cancelled) {
            co_await ending_.end_unheld(key, core::EndReason::ended_by_api);
            co_return;
        }
        const auto joined = co_await try_join(key, &order);
        if (joined) {
            break;
        }
        // All workers ask the same media server: the attempts would be gone within its blink.
        const bool may_come_back =
            joined.error() == JoinError::unavailable && context_.now() < media_until;
        bool tries_again =
            may_come_back && !context_.is_draining && context_.held.find(key) != nullptr;
        if (tries_again) {
            tries_again = co_await context_.pause(context_.options.retry_delay);
        }
        if (!tries_again) {
            co_await on_join_refused(key, joined.error());
            co_return;
        }
    }
    if (HeldLease* held = context_.held.find(key)) {
        held->joined_at = context_.now();
        context_.held.note_change();
    }
    // on_call_ended() follows. A lease that was lost meanwhile was told to the host already.
    if (context_.is_draining && context_.held.find(key) != nullptr) {
        co_await hand_over(key);
    }
}

Task<Result<bool, JoinError>> JobLife::try_join(LeaseKey key, RoomOrder* order) {
    const bool is_takeover =
        order->snapshot.has_value() || order->record.status != core::CallStatus::pending;
    auto joined = co_await context_.parts.dispatcher.join(std::move(*order));
    HeldLease* newer = context_.held.find(key.call_id);
    if (!joined && newer != nullptr && newer->lease.fencing_token > key.fencing_token) {
        newer->awaits_end = false;  // It would wait for the end of what never began.
        context_.held.note_change();
    }
    if (joined && is_takeover) {
        takeovers().add();
    }
    co_return joined;
}

Task<void> JobLife::on_join_refused(LeaseKey key, JoinError error) {
    if (context_.held.find(key) == nullptr) {
        context_.held.drop(key);
        co_return;
    }
    if (context_.held.find(key)->is_cancelled) {
        co_await ending_.end_unheld(key, core::EndReason::ended_by_api);
        co_return;
    }
    switch (error) {
        case JoinError::unavailable:
            STUDIO_LOG(warning, "call_given_back", {"call_id", key.call_id}, {"why", "no_media"});
            co_await ending_.give_back(key, true);
            break;
        case JoinError::full:
            // It came while a loop closed or filled up. Calls do not die of our load.
            STUDIO_LOG(warning, "call_given_back", {"call_id", key.call_id}, {"why", "full"});
            co_await ending_.give_back(key, false);
            break;
        case JoinError::draining:
            co_await ending_.give_back(key, false);
            break;
        case JoinError::no_room:
            co_await ending_.end_unheld(key, core::EndReason::room_gone);
            break;
        case JoinError::failed:
            co_await ending_.end_unheld(key, core::EndReason::not_startable);
            break;
        case JoinError::broken:
            co_await ending_.end_unheld(key, core::EndReason::internal_error);
            break;
    }
}

void JobLife::on_call_ended(const CallId& id, CallEnd end) {
    HeldLease* held = context_.held.find(id);
    if (held == nullptr || std::exchange(held->awaits_end, false)) {
        context_.held.note_change();
        return;
    }
    const LeaseKey key{id, held->lease.fencing_token};
    if (end == CallEnd::stored) {
        context_.scope.spawn(ending_.finish(key));
    } else if (held->is_lost || held->is_released) {
        context_.held.drop(id);
    } else {
        // Somebody took our place, and the queue knows who was right: whoever is given the lease
        // next is the holder, under a greater token.
        context_.scope.spawn(ending_.give_back(key, true));
    }
}

/// The call freezes at a moment between turns, is kept, and is offered; it stays in its room until
/// another worker is there.
Task<void> JobLife::hand_over(LeaseKey key) {
    const bool frozen =
        co_await context_.parts.dispatcher.hand_over(key.call_id, context_.options.turn_patience);
    HeldLease* held = context_.held.find(key);
    if (!frozen || held == nullptr) {
        co_return;
    }
    held->is_released = true;
    held->life->give_up();
    const auto released = co_await context_.parts.queue.release(key, false);
    held = context_.held.find(key);
    if (held == nullptr) {
        co_return;
    }
    if (!released) {
        // Away: the call goes on here, under its lease.
        held->is_released = false;
        handovers("queue_away").add();
        context_.parts.dispatcher.thaw(key.call_id);
        co_return;
    }
    const Instant give_up_at = context_.now() + context_.options.replacement_timeout;
    while (context_.held.find(key) != nullptr && context_.now() < give_up_at) {
        [[maybe_unused]] const bool woken = co_await context_.held.wait_for_change(give_up_at);
        if (context_.is_closing()) {
            co_return;
        }
    }
    if (context_.held.find(key) == nullptr) {
        handovers("taken").add();
        co_return;
    }
    STUDIO_LOG(warning, "nobody_took_the_call", {"call_id", key.call_id});
    handovers("nobody_came").add();
    context_.parts.dispatcher.thaw(key.call_id);
}

}  // namespace studio::services
