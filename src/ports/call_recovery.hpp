#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/interface.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "core/call/call_record.hpp"
#include "ports/store_error.hpp"

namespace studio {

/// Finds calls of all tenants that nobody carries. Any loop may call; the task resumes on the loop
/// that awaits it.
class CallRecovery : public Interface {
public:
    template <class Value>
    using Outcome = Task<Result<Value, StoreError>>;

    /// Calls that are pending, have a room and were made before; oldest first, at most `limit`.
    /// They may wait in the queue or not: pushing one again is harmless.
    [[nodiscard]] virtual Outcome<std::vector<core::CallRecord>> list_pending(
        WallTime before, std::uint32_t limit) = 0;
    /// Calls with a room that a worker holds, as their rows say: not pending and not over. In the
    /// order of `created_at` and id, those after the given ones, at most `limit`.
    [[nodiscard]] virtual Outcome<std::vector<core::CallRecord>> list_held(WallTime after,
                                                                           CallId after_id,
                                                                           std::uint32_t limit) = 0;
    /// The calls are held at this moment: what their end is reckoned by where their process dies.
    /// Ids that are unknown or over are passed over.
    [[nodiscard]] virtual Outcome<bool> note_alive(std::vector<CallId> ids) = 0;
    /// Only where one process holds every call, at its start: marks calls that an earlier process
    /// left under way as failed (`process_died`), at the last time they are known to have lived;
    /// returns how many.
    [[nodiscard]] virtual Outcome<std::uint64_t> fail_unfinished() = 0;
};

}  // namespace studio
