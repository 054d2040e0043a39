#pragma once

#include <cstddef>
#include <deque>
#include <set>
#include <string>

#include "base/result.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "core/call/end_reason.hpp"
#include "ports/call_store.hpp"
#include "ports/job_queue.hpp"
#include "ports/room_directory.hpp"
#include "ports/room_events.hpp"
#include "ports/room_people.hpp"
#include "runtime/task_scope.hpp"

namespace studio::services {

struct RoomWatchOptions {
    /// How long a worker that holds the call has for its own ending, which knows more, before the
    /// row is closed from here. Longer than a take-over and the last writes together.
    milliseconds grace{20'000};
    /// Reports that are remembered, so that one that comes twice counts once.
    std::size_t reports_max = 10'000;
    /// Calls that wait for their grace to pass.
    std::size_t waiting_max = 10'000;
};

/// Ends the calls whose room or caller is gone, so that no row stays open that nobody holds. A
/// guest who goes ends nothing, and a caller who leaves the call to others neither. One loop; what
/// it is built from outlives it.
///
///   caller left, room finished -> pending:            failed at once, nobody holds it
///                              -> connecting, active: its worker ends it; if it has not after
///                                 `grace`, disconnected (failed where it never was active)
///
/// Every write carries the row's own fencing token, so a newer holder's row stays as it is.
class RoomWatch {
public:
    struct Parts {
        RoomDirectory& rooms;
        CallStore& calls;
        runtime::Loop& loop;
        /// Where the job of a call that ends here may wait; nullptr for none.
        JobQueue* queue = nullptr;
        /// Who is left in a room; nullptr: nobody is.
        RoomPeople* people = nullptr;
    };

    RoomWatch(RoomWatchOptions options, Parts parts);

    /// True when it was dealt with, also where it means nothing to us. After an error the server
    /// should report it again.
    [[nodiscard]] Task<Result<bool, StoreError>> handle(RoomEvent event);
    /// Gives up waiting. Once, at the end.
    [[nodiscard]] Task<void> close();

private:
    [[nodiscard]] bool concerns_us(const RoomEvent& event) const;
    void remember(const std::string& id);
    [[nodiscard]] Task<void> end_after_grace(RoomEvent event, core::EndReason reason);
    [[nodiscard]] Task<bool> is_anybody_left(RoomEvent event);
    [[nodiscard]] Task<Result<bool, StoreError>> end(core::CallRecord record,
                                                     core::EndReason reason);

    RoomWatchOptions options_;
    Parts parts_;
    std::set<std::string, std::less<>> seen_;
    std::deque<std::string> seen_order_;
    /// Rooms whose grace runs.
    std::set<std::string, std::less<>> waiting_;
    runtime::TaskScope scope_;
};

}  // namespace studio::services
