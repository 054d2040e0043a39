#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>

#include "base/entropy.hpp"
#include "core/call/end_reason.hpp"
#include "core/job/job.hpp"
#include "ports/call_store.hpp"
#include "ports/job_queue.hpp"
#include "ports/media_room.hpp"
#include "ports/room_jobs.hpp"
#include "ports/room_people.hpp"
#include "runtime/task_scope.hpp"
#include "services/rooms/room_request.hpp"

namespace studio::services {

/// Whoever holds this process's calls, as the desk needs it: the worker service.
class CallHolder : public Interface {
public:
    /// Not full, not overloaded, not draining.
    [[nodiscard]] virtual bool has_room() const = 0;
    /// Calls from every source.
    [[nodiscard]] virtual std::size_t count() const = 0;
    /// Admits and leases a call whose row is in the store, under the exact limits, and holds it.
    [[nodiscard]] virtual Task<Result<bool, QueueError>> hold(core::Job job, RoomJoin join) = 0;
    /// Asks a call to end politely; false where it is none of ours.
    [[nodiscard]] virtual Task<bool> end(CallId id, core::EndReason reason) = 0;
};

struct RoomDeskOptions {
    /// Whose calls these are, and who answers where the room names no agent.
    TenantId tenant;
    std::string default_agent;
    /// Agents that this worker serves (AGENT_FILTER); empty means all.
    std::vector<std::string> agents{};
    std::uint32_t calls_max = 0;
    /// The server ends a job also because its call is over, and may say so before the room tells
    /// how it ended: so long the call has to end by itself, which knows more.
    milliseconds dismissal_grace{2'000};
};

/// Takes rooms that others made, inbound phones among them: keeps a place, makes the call's row,
/// and gives it to the holder. One loop; what it is built from outlives it.
///
///   try_reserve --> reserved --assign--> row made --> held --on_call_ended--> reported, gone
///                      | release                 | refused: row failed, reported
class RoomDesk final : public RoomJobTaker {
public:
    struct Parts {
        runtime::Loop& loop;
        CallHolder& holder;
        CallStore& calls;
        RoomPeople& people;
        RoomJobSource& source;
        Entropy& entropy;
    };

    RoomDesk(RoomDeskOptions options, Parts parts);

    [[nodiscard]] std::optional<std::string> try_reserve(const RoomJob& offer) override;
    void release(const std::string& job_id) override;
    void assign(RoomJob job) override;
    void terminate(const std::string& job_id) override;
    [[nodiscard]] WorkerLoad load() const override;

    /// A call of this process ended, of whichever source; `trouble` is empty for a normal end. As
    /// early as possible: afterwards the server thinks that the agent has run away.
    void on_call_ended(const CallId& id, const std::string& trouble);
    /// Gives up what is not yet held. Once, at the end.
    [[nodiscard]] Task<void> close();

private:
    [[nodiscard]] Task<void> take(RoomJob job, CallId id);
    [[nodiscard]] Task<void> end(CallId id);
    [[nodiscard]] Task<core::CallRecord> make_record(RoomJob job, CallId id, bool& is_phone);

    RoomDeskOptions options_;
    Parts parts_;
    /// Places kept, and jobs that are on their way to the holder or held, by job.
    std::map<std::string, CallId> reserved_;
    std::map<std::string, CallId> taken_;
    /// Of those taken: not yet counted by the holder.
    std::set<CallId> coming_;
    runtime::TaskScope scope_;
};

}  // namespace studio::services
