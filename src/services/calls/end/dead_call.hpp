#pragma once

#include <cstdint>

#include "core/job/job.hpp"
#include "ports/call_store.hpp"
#include "ports/room_control.hpp"
#include "runtime/task_scope.hpp"

namespace studio::services {

/// All outlive the task.
struct DeadCallParts {
    CallStore& calls;
    /// nullptr where rooms cannot be reached: then they stay.
    RoomControl* rooms;
    runtime::Loop& loop;
    /// Its cancellation ends the tries.
    runtime::TaskScope& scope;
};

/// Ends a call whose job has used up its attempts: the row fails with `workers_lost`, once however
/// many hear of it, as the store refuses a second end; then the room that was made for the call, or
/// the one that holds its phone, is closed, so that nobody waits in silence. A store that is away
/// is asked until it is back, the media server for half a minute. `fencing_token` is the lease that
/// died, whose later holder's row is not ended; 0 where there is none.
[[nodiscard]] Task<void> end_dead_call(core::Job job, std::uint64_t fencing_token,
                                       DeadCallParts parts);

}  // namespace studio::services
