#include "services/delivery/outbox_relay.hpp"

#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/metric.hpp"

namespace studio::services {
namespace {

Counter& published() {
    static Counter& counter =
        metrics().counter("studio_outbox_published_total", "Stored events that the bus has taken.");
    return counter;
}

}  // namespace

OutboxRelay::OutboxRelay(OutboxRelayOptions options, Parts parts)
    : options_(options), parts_(parts), scope_(parts.loop) {}

void OutboxRelay::start() {
    scope_.spawn(relay_again_and_again());
    scope_.spawn(forget_again_and_again());
}

Task<void> OutboxRelay::relay_again_and_again() {
    const auto base = static_cast<std::uint64_t>(options_.interval.count());
    bool more = false;
    while (!scope_.token().is_cancelled()) {
        if (!more) {
            const milliseconds pause(
                static_cast<std::int64_t>(base * 3 / 4 + parts_.entropy.u64() % (base / 2 + 1)));
            [[maybe_unused]] const bool slept =
                co_await runtime::sleep_for(parts_.loop, pause, scope_.token());
        }
        more = false;
        if (!scope_.token().is_cancelled()) {
            more = co_await relay();
        }
    }
}

Task<bool> OutboxRelay::relay() {
    auto events = co_await parts_.outbox.take(options_.count_max, options_.claim);
    if (!events || events->empty()) {
        co_return false;
    }
    std::vector<std::string> delivered;
    for (OutboxEvent& event : *events) {
        CallEvent told{std::move(event.tenant_id), std::move(event.call_id), std::move(event.type),
                       to_rfc3339(event.created_at), std::move(event.payload)};
        const auto taken = co_await parts_.bus.publish(std::move(told));
        if (!taken) {
            // Those that are left come again when the claim is over.
            break;
        }
        delivered.push_back(std::move(event.id));
    }
    const std::size_t count = delivered.size();
    const bool all = count == events->size();
    if (count > 0) {
        published().add(count);
        [[maybe_unused]] const auto marked =
            co_await parts_.outbox.mark_delivered(std::move(delivered));
    }
    co_return all&& count == options_.count_max;
}

Task<void> OutboxRelay::forget_again_and_again() {
    while (co_await runtime::sleep_for(parts_.loop, std::chrono::hours(1), scope_.token())) {
        const WallTime before = parts_.loop.wall_now() - options_.kept;
        const auto events = co_await parts_.outbox.erase_delivered(before);
        const auto keys = co_await parts_.keys.erase_older(before);
        STUDIO_LOG(info, "old_rows_erased", {"events", events.value_or(0)},
                   {"idempotency_keys", keys.value_or(0)});
    }
}

}  // namespace studio::services
