#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>

#include "base/entropy.hpp"
#include "core/job/job.hpp"
#include "ports/call_store.hpp"
#include "ports/job_queue.hpp"
#include "ports/room_jobs.hpp"
#include "ports/room_people.hpp"
#include "runtime/task_scope.hpp"
#include "services/hosting/rooms/call_holder.hpp"
#include "services/hosting/rooms/room_request.hpp"

namespace studio::services {

struct RoomDeskOptions {
    /// Whose calls these are, and who answers where the room names no agent.
    TenantId tenant;
    std::string default_agent;
    /// Agents that this worker serves (AGENT_FILTER); empty means all.
    std::vector<std::string> agents{};
    std::uint32_t calls_max = 0;
    /// Of calls that wait for another worker.
    AdmissionLimits queue_limits{};
    /// How long a caller waits for another worker before they are told that nobody comes.
    milliseconds patience{20'000};
    /// How long queue and store are tried while they are away: the caller hears nothing meanwhile.
    milliseconds retry_timeout{10'000};
    milliseconds retry_delay{250};
    /// How long the room's former agent is given to be gone: whoever sends it away may ask for the
    /// next one at once.
    milliseconds room_timeout{5'000};
    /// Callers at once who are told that there is nobody for them; a job beyond that finds no
    /// place is declined.
    std::size_t refusals_max = 16;
    /// The server ends a job also because its call is over, and may say so before the room tells
    /// how it ended: so long the call has to end by itself, which knows more.
    milliseconds dismissal_grace{2'000};
    /// Jobs that are remembered, those included whose call another worker has.
    std::size_t jobs_max = 10'000;
};

/// Takes rooms that others made, inbound phones among them: makes a call of each and gives it to
/// the holder. One for which there is no place here waits in the queue for any worker; one that
/// cannot be held is told so. One loop; what it is built from outlives it.
///
///   try_reserve --> reserved --assign--> held ----------------on_call_ended--> reported, gone
///                      | release   |       | no place
///                                  |       +--> waits in the queue --patience--+
///                                  +--> no agent, limits, queue full ----------+--> told, failed
///                                  +--> the room has an agent: reported, no trace
class RoomDesk final : public RoomJobTaker {
public:
    struct Parts {
        runtime::Loop& loop;
        CallHolder& holder;
        CallStore& calls;
        JobQueue& queue;
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
    /// What became of a job.
    struct Outcome {
        bool is_taken = false;
        /// Reported to the server; nothing for success.
        std::optional<core::EndReason> trouble{};
    };

    [[nodiscard]] Task<void> take(RoomJob job, CallId id);
    [[nodiscard]] Task<Outcome> place(HoldRequest request);
    [[nodiscard]] Task<Result<bool, HoldError>> hold(HoldRequest request);
    [[nodiscard]] Task<Outcome> enqueue(HoldRequest request);
    [[nodiscard]] Task<Outcome> refuse(HoldRequest request, core::EndReason reason);
    [[nodiscard]] Task<Outcome> fail_unheld(core::CallRecord record, core::EndReason reason);
    [[nodiscard]] Task<void> wait_for_worker(HoldRequest request);
    [[nodiscard]] Task<void> end(CallId id);
    [[nodiscard]] Task<HoldRequest> make_request(RoomJob job, CallId id);
    [[nodiscard]] bool serves(const std::string& agent) const;
    [[nodiscard]] bool has_place() const;
    void remember(const std::string& job_id, const CallId& id);
    void note_refused(const CallId& id, core::EndReason reason);

    RoomDeskOptions options_;
    Parts parts_;
    /// Places kept, and jobs that are on their way to the holder, held or waiting, by job.
    std::map<std::string, CallId> reserved_;
    std::map<std::string, CallId> taken_;
    /// Of those taken: not yet counted by the holder.
    std::set<CallId> coming_;
    /// Of those taken: told that they cannot be held, and why; forgotten after a while, since one
    /// that another worker told is not reported here.
    struct Refused {
        core::EndReason reason{};
        Instant forgotten_at{};
    };
    std::map<CallId, Refused> refused_;
    runtime::TaskScope scope_;
};

}  // namespace studio::services
