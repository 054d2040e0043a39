#pragma once

#include <string>

#include "base/interface.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "core/call/call_record.hpp"
#include "ports/store_error.hpp"

namespace studio {

/// Finds the call that takes place in a room, of whichever tenant: what the media server tells
/// names rooms and knows no tenants. Any loop may call; the task resumes on the loop that awaits.
class RoomDirectory : public Interface {
public:
    /// not_found where no call has that room. An empty name is nobody's.
    [[nodiscard]] virtual Task<Result<core::CallRecord, StoreError>> find_by_room(
        std::string room_name) = 0;
};

}  // namespace studio
