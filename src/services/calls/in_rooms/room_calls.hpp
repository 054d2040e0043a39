#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/entropy.hpp"
#include "core/call/end_reason.hpp"
#include "ports/call_recovery.hpp"
#include "ports/idempotency_store.hpp"
#include "ports/job_queue.hpp"
#include "ports/resource_store.hpp"
#include "ports/room_control.hpp"
#include "runtime/task_scope.hpp"
#include "services/calls/request/call_keys.hpp"
#include "services/calls/request/call_request.hpp"
#include "services/calls/request/call_service.hpp"

namespace studio::services {

struct RoomCallsOptions {
    AdmissionLimits limits;
    /// Whether telephones can be called: a trunk is configured.
    bool phone_calls = false;
    /// How long a caller's token opens the room.
    seconds token_lifetime{900};
    /// How often pending calls are put into the queue again; each pause is drawn from three
    /// quarters to five quarters of it, so that replicas do not march in step.
    milliseconds sweep_interval{1'000};
    /// Younger calls are left to the request that made them.
    milliseconds sweep_age_min{2'000};
    /// Calls of one sweep.
    std::uint32_t sweep_count_max = 500;
    /// After the database came back, writes that workers kept meanwhile come first.
    milliseconds outage_pause{5'000};
    /// A call that no worker took by then fails with `no_worker`.
    milliseconds waiting_time_max{120'000};
    /// How often calls that are held are looked for that the queue does not know: it lost its
    /// memory and their workers died.
    milliseconds restore_interval{5'000};
    /// How often it is looked whether a live call that was ended is over; how many times its worker
    /// has to say the farewell before the room is closed; and how many it is looked at all.
    milliseconds end_interval{1'000};
    int farewell_tries = 20;
    int end_tries = 40;
    /// How many times in a row the queue must not know a call before nobody holds it.
    int unknown_tries = 5;
    /// What a refused caller is told to wait.
    seconds overload_retry_after{5};
};

/// What is wrong with the options, one sentence each; empty where all is well.
[[nodiscard]] std::vector<std::string> validate(const RoomCallsOptions& options);

/// Calls that take place in rooms and are held by workers. Everything that must last is in the
/// store and everything that counts is in the queue, so that any number of these objects, in as
/// many processes, are as one. Lives on one loop; what it is built from outlives it.
///
///   create --> pending --push--> queue --> a worker writes all that follows
///                 |  ^                |
///                 |  +-- sweep -------+ the queue was away or lost its memory
///                 +-- no place --> failed (tenant_limit, agent_limit, overloaded), 429 or 503
///                 +-- end --> failed (cancelled)
///                 +-- waiting_time_max --> failed (no_worker)
///   held by a worker --end--> told by the queue --> farewell, completed (ended_by_api)
///                 +-- nobody knows it --> restored, and the next worker carries it on
class RoomCalls final : public CallService {
public:
    struct Parts {
        CallStore& calls;
        CallRecovery& recovery;
        IdempotencyStore& keys;
        ResourceStore& resources;
        JobQueue& queue;
        RoomControl& rooms;
        Entropy& entropy;
        runtime::Loop& loop;
    };

    RoomCalls(RoomCallsOptions options, Parts parts);

    /// Begins to sweep. Once.
    void start();
    [[nodiscard]] ServiceTask<CreatedCall> create(TenantId tenant, Json body,
                                                  CallOrigin origin) override;
    /// Always conflict: who has the call's token enters its room.
    [[nodiscard]] ServiceTask<std::string> accept_offer(TenantId tenant, CallId id,
                                                        std::string offer_sdp) override;
    /// A call that waits is cancelled. The worker of a live one is told by the queue, says the
    /// farewell and ends it; where nobody holds it its end is written here. While the queue is away
    /// the room is closed, which needs nothing but the media server.
    [[nodiscard]] ServiceTask<core::CallRecord> end(TenantId tenant, CallId id) override;

    /// From now on create() answers unavailable.
    void stop_accepting() { accepting_ = false; }
    /// Stops to sweep and waits for what is under way. Once, at the end.
    [[nodiscard]] Task<void> close();

private:
    [[nodiscard]] ServiceTask<core::CallRecord> insert(core::CallRecord record);
    [[nodiscard]] ServiceTask<core::CallRecord> enqueue(core::CallRecord record);
    [[nodiscard]] core::CallRecord make_record(TenantId tenant, CallRequest request) const;
    [[nodiscard]] CreatedCall created(core::CallRecord record) const;
    [[nodiscard]] Task<bool> end_pending(core::CallRecord record, core::EndReason reason);
    [[nodiscard]] Task<void> make_room(core::CallRecord record);
    [[nodiscard]] Task<void> close_room(std::string room_name);
    [[nodiscard]] ServiceTask<core::CallRecord> write_end(TenantId tenant, CallId id);
    [[nodiscard]] Task<void> see_to_end(core::CallRecord record);

    // room_sweep.cpp: what keeps rows and queue together.
    [[nodiscard]] Task<void> sweep_again_and_again();
    [[nodiscard]] Task<bool> sweep();
    [[nodiscard]] Task<bool> sweep_one(core::CallRecord record);
    [[nodiscard]] Task<void> reap();
    [[nodiscard]] Task<void> restore_forgotten();
    [[nodiscard]] milliseconds jittered(milliseconds pause) const;

    RoomCallsOptions options_;
    Parts parts_;
    CallKeys keys_;
    bool accepting_ = true;
    Instant restored_at_{};
    runtime::TaskScope scope_;
};

}  // namespace studio::services
