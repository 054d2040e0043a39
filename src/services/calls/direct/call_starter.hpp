#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/interface.hpp"
#include "base/result.hpp"
#include "base/strong_id.hpp"
#include "base/task.hpp"
#include "core/call/call_record.hpp"
#include "core/call/end_reason.hpp"
#include "core/plan/agent_plan.hpp"
#include "core/workflow/workflow.hpp"

namespace studio::services {

/// Everything that is needed to hold one call.
struct DirectOrder {
    /// As stored, with status `connecting`.
    core::CallRecord record;
    /// As CallPlan::agents.
    std::vector<core::AgentPlan> agents;
    std::optional<core::Workflow> workflow;
    /// application/sdp of the caller.
    std::string offer_sdp;
};

enum class StartError : std::uint8_t {
    /// The SDP cannot be read. The caller's fault.
    malformed_offer,
    /// It can be read, but names nothing that we can use. The caller's fault.
    unsupported_offer,
    /// Every place for calls is taken. May succeed later.
    full,
    /// We are shutting down.
    draining,
    /// It could not be started for another reason, which is logged.
    failed,
};

/// Holds calls: the way from the use cases to the media loops. Called on the loop of the use cases,
/// on which its tasks resume.
class CallStarter : public Interface {
public:
    /// Starts the call and returns the SDP answer. From a success on the call's session alone
    /// writes the call's row, up to its final status; after an error nothing of the call is left.
    [[nodiscard]] virtual Task<Result<std::string, StartError>> start(DirectOrder order) = 0;

    /// Asks a call to end politely. False where no such call is under way here. Does not wait for
    /// the end.
    [[nodiscard]] virtual Task<bool> end(CallId id, core::EndReason reason) = 0;
};

}  // namespace studio::services
