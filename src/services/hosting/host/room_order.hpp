#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/call/call_record.hpp"
#include "core/call/end_reason.hpp"
#include "core/plan/agent_plan.hpp"
#include "core/workflow/workflow.hpp"
#include "ports/media_room.hpp"
#include "services/conversation/session/session_snapshot.hpp"
#include "services/hosting/lease/lease_life.hpp"

namespace studio::services {

/// Everything that is needed to hold one call in a room.
struct RoomOrder {
    /// As stored, with the fencing token of the lease under which it is held.
    core::CallRecord record;
    /// As CallPlan::agents.
    std::vector<core::AgentPlan> agents;
    std::optional<core::Workflow> workflow;
    RoomJoin join;
    /// nullptr where it has none, and nobody else could take the call.
    std::shared_ptr<const LeaseLife> lease{};
    /// Where the call was held elsewhere before.
    std::optional<SessionSnapshot> snapshot;
    /// Why there is no call: its caller hears the farewell alone, and it ends with this reason.
    /// Nothing for a call that is held.
    std::optional<core::EndReason> refusal{};
};

enum class JoinError : std::uint8_t {
    /// The media server is away, or takes nobody more into the room. Another worker may succeed.
    unavailable,
    /// No loop of this process has a place for it now, which says nothing about the call.
    full,
    /// The room is gone, and its caller with it.
    no_room,
    /// We are shutting down, or the call may be another worker's by now; the queue knows.
    draining,
    /// It cannot be held for another reason, which is logged; nor by another worker.
    failed,
    /// A bug of ours showed, which another worker has, too.
    broken,
};

/// How a call left its host.
enum class CallEnd : std::uint8_t {
    /// It is over, and everything about it is stored or was refused for good.
    stored,
    /// It is another worker's, or somebody took our place in its room; nothing more was written.
    abandoned,
};

}  // namespace studio::services
