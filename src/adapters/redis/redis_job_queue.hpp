#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "adapters/redis/redis_client.hpp"
#include "ports/job_queue.hpp"
#include "runtime/wake_list.hpp"

namespace studio::adapters {

struct RedisJobQueueOptions {
    /// Before every key; production leaves it empty, so that autoscaling finds `call-queue`.
    std::string key_prefix{};
    /// Takes of one job that may fail; after the last the job is dead.
    std::uint32_t attempts_max = 5;
    /// The lease duration of the workers: how long nothing is reaped after Redis came back, or
    /// after nobody had reaped for `reap_pause_max`; and how long calls under limits are not
    /// admitted after its memory was lost.
    milliseconds recovery_grace{2'000};
    milliseconds reap_pause_max{1'000};
    /// How long an ended call is remembered, so that a late renewal or push does not revive it.
    milliseconds ended_kept{300'000};
    /// How long a dead call is remembered; the list `call-dead` keeps the latest 1,000.
    milliseconds dead_kept{86'400'000};
    /// When a dead job is told again, where it is not known that the first reaper heard of it.
    milliseconds dead_repeat{10'000};
    /// Leases that one reap looks at: bounds the time for which Redis does nothing else.
    std::uint32_t reap_max = 128;
    /// Leases that are renewed in one step.
    std::size_t renew_max = 128;
    /// How often a waiting take looks by itself, beside being woken.
    milliseconds poll_interval{1'000};
    /// Tests only: the time that Redis is told. Empty means Redis's own clock.
    std::function<WallTime()> test_clock{};
};

/// The queue of calls in Redis (docs/queue.md), by one script: each operation is one atomic step.
/// One object per loop, on the client's loop only; processes and loops share the queue through
/// Redis. Nothing is repeated by itself; every operation may be repeated by the caller when its
/// answer was lost. Destroyed after the tasks that use it.
///
/// Metrics: studio_queue_leases_expired_total, studio_queue_dead_total.
class RedisJobQueue final : public JobQueue, private RedisChannelListener {
public:
    explicit RedisJobQueue(RedisClient& client, RedisJobQueueOptions options = {});
    ~RedisJobQueue() override;

    [[nodiscard]] Outcome<bool> push(core::Job job, AdmissionLimits limits) override;
    [[nodiscard]] Outcome<std::optional<Lease>> take(TakeRequest request,
                                                     milliseconds wait) override;
    [[nodiscard]] Outcome<Lease> take_directly(core::Job job, AdmissionLimits limits,
                                               TakeRequest request) override;
    [[nodiscard]] Outcome<RenewOutcome> renew(std::string worker_id, std::vector<Lease> leases,
                                              milliseconds lease_duration) override;
    [[nodiscard]] Outcome<Cancellation> cancel(CallId call_id) override;
    [[nodiscard]] Outcome<std::vector<CallId>> restore(std::vector<core::Job> jobs) override;
    [[nodiscard]] Outcome<bool> acknowledge(LeaseKey key) override;
    [[nodiscard]] Outcome<bool> release(LeaseKey key, bool counts) override;
    [[nodiscard]] Outcome<ReapOutcome> reap() override;
    [[nodiscard]] Outcome<QueueDepth> depth() override;

private:
    class ActiveTake;

    void on_channel_message(std::string_view payload) override;
    void on_channel_up() override;

    [[nodiscard]] std::vector<std::string> arguments(const char* operation) const;
    /// The parts of the script's answer after outcome and epoch; the outcome as an error but `ok`,
    /// `known`, `none` and `dead`, which come first.
    [[nodiscard]] Outcome<RedisValue> run(std::vector<std::string> script_arguments);
    void pass_on();

    RedisClient& client_;
    RedisJobQueueOptions options_;
    std::shared_ptr<const RedisScript> script_;
    /// Names this object where it waits to be woken.
    std::string instance_;
    std::string epoch_;
    runtime::WakeList takers_;
    std::unique_ptr<RedisChannel> wake_channel_;
    bool wake_channel_up_ = false;
    /// Where this object may be registered to be woken, and whether it is.
    std::vector<std::string> waiting_lists_;
    bool registered_ = false;
    std::size_t active_takes_ = 0;
    std::uint64_t wakes_ = 0;
    /// Dead jobs that the caller was told; confirmed to Redis by the next reap.
    std::vector<std::string> told_dead_;
};

}  // namespace studio::adapters
