#include "services/conversation/session/internal/call_setup.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"

namespace studio::services {

namespace {

/// A snapshot that waited longer says nothing about how long ago the caller spoke.
constexpr milliseconds gap_max{600'000};

core::CallOptions call_options(const CallPlan& plan, const CallSessionOptions& options) {
    const bool is_called = plan.record.type == core::CallType::sip &&
                           plan.record.direction == core::CallDirection::outbound;
    return {.join_timeout = options.join_timeout,
            .awaits_caller = plan.awaits_caller,
            .caller_timeout = plan.snapshot ? options.return_timeout
                              : is_called   ? options.phone_timeout
                                            : options.caller_timeout,
            .max_duration = plan.agents.front().config.session.max_call_duration,
            .last_words_timeout = options.last_words_timeout,
            .writes_timeout = options.writes_timeout};
}

}  // namespace

JsonObject user_of(const CallPlan& plan) {
    JsonObject user;
    if (plan.record.user_context.is_object()) {
        user = plan.record.user_context.get_object();
    }
    if (!user.contains("id")) {
        user["id"] = plan.record.user_id;
    }
    return user;
}

CallManner manner_of(const CallPlan& plan) {
    return {.language = member_text(plan.record.user_context, "language"),
            .caller_zone = member_text(plan.record.user_context, "timezone"),
            .tenant_zone = member_text(Json(plan.tenant), "timezone")};
}

std::size_t first_agent(const CallPlan& plan) {
    if (!plan.snapshot) {
        return 0;
    }
    const core::AgentPlan* agent = core::find_agent(plan.agents, plan.snapshot->agent_name);
    if (agent == nullptr) {
        // Its configuration was changed meanwhile; the call is better held by another than by none.
        STUDIO_LOG(warning, "agent_not_in_plan", {"call_id", plan.record.id},
                   {"agent", plan.snapshot->agent_name});
        return 0;
    }
    return static_cast<std::size_t>(agent - plan.agents.data());
}

SeatsPlan seats_plan(const CallPlan& plan, std::vector<SeatProviders> providers) {
    return {.agents = plan.agents,
            .workflow = plan.workflow ? &*plan.workflow : nullptr,
            .providers = std::move(providers),
            .manner = manner_of(plan),
            .first = first_agent(plan),
            .handoffs = plan.snapshot ? plan.snapshot->report.agent_handoffs : 0};
}

core::Call make_call(const CallPlan& plan, const CallSessionOptions& options, WallTime now) {
    if (!plan.snapshot) {
        return core::Call(call_options(plan, options));
    }
    core::Call::Saved saved = plan.snapshot->call;
    const milliseconds gap = std::clamp(now - plan.snapshot->saved_at, milliseconds(0), gap_max);
    saved.duration_left = std::max(milliseconds(1), saved.duration_left - gap);
    return core::Call(call_options(plan, options), saved);
}

}  // namespace studio::services
