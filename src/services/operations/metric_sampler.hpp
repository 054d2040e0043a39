#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "base/time.hpp"
#include "ports/job_queue.hpp"
#include "ports/outbox_store.hpp"
#include "ports/room_control.hpp"
#include "runtime/task_scope.hpp"
#include "services/operations/health.hpp"

namespace studio::services {

/// Asks other systems for their figures now and then and puts them into gauges, so that a scrape
/// never waits for a network. A source that hangs holds up no other. One loop.
class MetricSampler {
public:
    /// Sets gauges from one system; where it is away they keep their values, and
    /// studio_dependency_up tells.
    using Source = std::function<Task<void>()>;

    explicit MetricSampler(runtime::Loop& loop, milliseconds interval = seconds(5))
        : loop_(loop), interval_(interval), scope_(loop) {}

    /// What `source` uses outlives close(). It runs at once and then every interval.
    void start(Source source) { scope_.spawn(run(std::move(source))); }
    [[nodiscard]] Task<void> close() { return scope_.close(); }

private:
    [[nodiscard]] Task<void> run(Source source);

    runtime::Loop& loop_;
    milliseconds interval_;
    runtime::TaskScope scope_;
};

/// studio_queue_waiting, studio_queue_oldest_age_seconds, studio_queue_leased, studio_queue_dead,
/// and studio_queue_pool_waiting of every list. One loop; it outlives its tasks.
class QueueSampler {
public:
    explicit QueueSampler(JobQueue& queue) : queue_(queue) {}
    [[nodiscard]] Task<void> sample();

private:
    void show_pools(const std::vector<PoolDepth>& pools);

    JobQueue& queue_;
    /// Pools that were shown: one that was given up goes to 0 and stays there.
    std::set<std::string, std::less<>> shown_;
};

/// studio_worker_serves, of each pool that a worker takes calls of; of `*` where `agents` is empty,
/// which means every one. What waits in studio_queue_pool_waiting of a pool that no worker serves
/// would wait for ever.
void show_pools_served(const std::vector<std::string>& agents);
/// studio_outbox_waiting, studio_outbox_oldest_age_seconds.
[[nodiscard]] Task<void> sample_outbox(OutboxStore& outbox);
/// studio_livekit_rooms, studio_livekit_participants.
[[nodiscard]] Task<void> sample_rooms(RoomControl& rooms);
/// Whether the media server answers; for Health.
[[nodiscard]] Task<bool> answers(RoomControl& rooms);
/// studio_dependency_up.
[[nodiscard]] Task<void> sample_health(Health& health);

}  // namespace studio::services
