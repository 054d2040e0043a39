#include "services/operations/metric_sampler.hpp"

#include "base/metric.hpp"

namespace studio::services {
namespace {

double to_seconds(milliseconds duration) {
    return std::chrono::duration<double>(duration).count();
}

/// The list of agents without a pool, and the worker that serves every list.
constexpr std::string_view common_pool = "*";

/// As Prometheus's text format wants a label's value; what is beyond it is left out, since names
/// in a filter are typed by people.
std::string pool_label(std::string_view agent) {
    std::string label = "pool=\"";
    for (const char each : agent.empty() ? common_pool : agent) {
        const bool is_plain = each != '"' && each != '\\' && each != '\n';
        label += is_plain ? std::string(1, each) : std::string();
    }
    return label + '"';
}

}  // namespace

Task<void> MetricSampler::run(Source source) {
    // Not `do … while (co_await …)`, for which GCC 12 makes no code.
    bool again = true;
    while (again) {
        co_await source();
        again = co_await runtime::sleep_for(loop_, interval_, scope_.token());
    }
}

void QueueSampler::show_pools(const std::vector<PoolDepth>& pools) {
    const auto gauge = [](std::string_view agent) -> Gauge& {
        return metrics().gauge("studio_queue_pool_waiting",
                               "Calls that wait in a pool's list; * is the common list.",
                               pool_label(agent));
    };
    auto given_up = shown_;
    for (const PoolDepth& pool : pools) {
        given_up.erase(pool.agent);
        shown_.insert(pool.agent);
        gauge(pool.agent).set(static_cast<std::int64_t>(pool.waiting));
    }
    for (const std::string& agent : given_up) {
        gauge(agent).set(0);
    }
}

void show_pools_served(const std::vector<std::string>& agents) {
    const auto show = [](std::string_view agent) {
        metrics()
            .gauge("studio_worker_serves",
                   "Pools whose calls this worker takes; * is every one, the common list too.",
                   pool_label(agent))
            .set(1);
    };
    for (const std::string& agent : agents) {
        show(agent);
    }
    if (agents.empty()) {
        show({});
    }
}

Task<void> QueueSampler::sample() {
    const auto depth = co_await queue_.depth();
    if (!depth) {
        co_return;
    }
    metrics()
        .gauge("studio_queue_waiting", "Calls that wait for a worker.")
        .set(static_cast<std::int64_t>(depth->waiting));
    metrics()
        .gauge("studio_queue_oldest_age_seconds", "How long the oldest of them has waited.")
        .set_real(to_seconds(depth->oldest_age));
    metrics()
        .gauge("studio_queue_leased", "Calls that workers hold.")
        .set(static_cast<std::int64_t>(depth->leased));
    metrics()
        .gauge("studio_queue_dead", "Calls that failed too often; a person has to look at them.")
        .set(static_cast<std::int64_t>(depth->dead));
    show_pools(depth->pools);
}

Task<void> sample_outbox(OutboxStore& outbox) {
    const auto backlog = co_await outbox.backlog();
    if (!backlog) {
        co_return;
    }
    metrics()
        .gauge("studio_outbox_waiting", "Stored events that are not published yet.")
        .set(static_cast<std::int64_t>(backlog->waiting));
    metrics()
        .gauge("studio_outbox_oldest_age_seconds", "How long the oldest of them has waited.")
        .set_real(to_seconds(backlog->oldest_age));
}

Task<void> sample_rooms(RoomControl& rooms) {
    const auto counts = co_await rooms.count_rooms();
    if (!counts) {
        co_return;
    }
    metrics()
        .gauge("studio_livekit_rooms", "Rooms that the media server holds.")
        .set(static_cast<std::int64_t>(counts->rooms));
    metrics()
        .gauge("studio_livekit_participants", "Participants in these rooms.")
        .set(static_cast<std::int64_t>(counts->participants));
}

Task<bool> answers(RoomControl& rooms) {
    const auto counts = co_await rooms.count_rooms();
    co_return counts.has_value();
}

Task<void> sample_health(Health& health) {
    [[maybe_unused]] const auto report = co_await health.look();
}

}  // namespace studio::services
