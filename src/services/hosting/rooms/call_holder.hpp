#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/interface.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "core/call/call_record.hpp"
#include "core/call/end_reason.hpp"
#include "ports/media_room.hpp"

namespace studio::services {

/// A call in a room that others made.
struct HoldRequest {
    /// Its row is written when it is leased, where there is none yet, so that a second agent for
    /// one room leaves no trace.
    core::CallRecord record;
    RoomJoin join;
    /// Why the call cannot be held: then its caller is told so in a sentence, and it ends with this
    /// reason. Nothing for a call that is held.
    std::optional<core::EndReason> refusal{};
};

enum class HoldError : std::uint8_t {
    /// No place here; another worker may have one.
    no_place,
    /// The limit of tenant or agent is reached.
    limit_reached,
    /// The room has an agent of ours already. Final.
    room_taken,
    /// A worker has taken the call from the queue by now, perhaps this one.
    taken_elsewhere,
    /// May succeed if tried again.
    queue_unavailable,
    store_unavailable,
};

/// Whoever holds this process's calls, as the desk needs it: the worker service.
class CallHolder : public Interface {
public:
    /// Not full, not overloaded, not draining.
    [[nodiscard]] virtual bool has_room() const = 0;
    /// Calls from every source.
    [[nodiscard]] virtual std::size_t count() const = 0;
    /// Admits and leases a call under the exact limits, writes its row, and holds it. A refusal is
    /// told beyond the limits, and where no call is taken any more.
    [[nodiscard]] virtual Task<Result<bool, HoldError>> hold(HoldRequest request) = 0;
    /// Asks a call to end politely; false where it is none of ours.
    [[nodiscard]] virtual Task<bool> end(CallId id, core::EndReason reason) = 0;
};

}  // namespace studio::services
