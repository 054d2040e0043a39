#pragma once

#include <cstddef>
#include <vector>

#include "base/json.hpp"
#include "core/call/call.hpp"
#include "services/conversation/seat/internal/seats.hpp"
#include "services/conversation/session/call_plan.hpp"
#include "services/conversation/session/session_options.hpp"

namespace studio::services {

/// Who may sit. `plan` outlives what is made of it.
[[nodiscard]] SeatsPlan seats_plan(const CallPlan& plan, std::vector<SeatProviders> providers);

/// `{{user.*}}` of a call.
[[nodiscard]] JsonObject user_of(const CallPlan& plan);

/// How its agents speak, as caller and tenant wish.
[[nodiscard]] CallManner manner_of(const CallPlan& plan);

/// The number of the agent with whom the call begins, or goes on.
[[nodiscard]] std::size_t first_agent(const CallPlan& plan);

/// The machine of its life: of a new call, or of one that was held elsewhere until `now`.
[[nodiscard]] core::Call make_call(const CallPlan& plan, const CallSessionOptions& options,
                                   WallTime now);

}  // namespace studio::services
