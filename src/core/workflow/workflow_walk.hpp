#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/agent/agent_config.hpp"
#include "core/context/call_context.hpp"
#include "core/workflow/workflow.hpp"

namespace studio::core {

/// Where a call stands in its workflow. An agent without a node is one to whom another's own
/// `handoffs` or tools led.
struct WorkflowPosition {
    std::string agent;
    /// Made so far.
    std::uint32_t handoffs = 0;
};

/// What came of something that the agent did.
struct WorkflowEvent {
    /// The agent to whom it hands over, by a tool of its own or that of an edge; empty for nobody.
    std::string hand_off_to;
    /// It ended its part: with `end_call`.
    bool is_over = false;
};

/// What the call does next.
struct WorkflowStep {
    enum class Kind : std::uint8_t {
        stay,
        /// `agent` is next; arrival() says who sits then.
        hand_off,
        /// The call is over.
        end,
        /// There were too many hand-offs: the call says goodbye and ends.
        exhausted,
    };
    Kind kind = Kind::stay;
    std::string agent{};
    /// The way to it, of the workflow that was given; nullptr for a hand-off that is none of its
    /// edges.
    const WorkflowEdge* edge = nullptr;
};

/// Decides without a model, in this order: the hand-off that a tool wants; unless the part is over
/// at an exit, the first of the agent's `handoffs` whose flags are all set; the first edge whose
/// condition holds, or where the part is over, which has neither condition nor description. Where
/// the part is over and there is none of these, the call is over.
///
///   (position, event, context) --> stay | hand_off | end | exhausted
[[nodiscard]] WorkflowStep next_step(const Workflow& workflow, const AgentConfig& present,
                                     const WorkflowPosition& position, const WorkflowEvent& event,
                                     const CallContext& context);

/// Who sits when `agent` is reached: itself, or behind every node that is passed over whoever comes
/// next there, by the first edge that has no condition or whose condition holds. Nothing where an
/// exit is passed over: then the call is over. A node that nothing leads on from is not passed
/// over, since somebody has to speak.
[[nodiscard]] std::optional<std::string> arrival(const Workflow& workflow, const std::string& agent,
                                                 const CallContext& context);

/// With whom a call begins.
[[nodiscard]] std::string first_agent(const Workflow& workflow, const CallContext& context);

/// What the next agent gets of the context of the one before: the edge's `context_passed` (nullptr
/// for no edge), and all agents the workflow's `shared_context`. The context is `target`'s
/// afterwards. What would make it too large is left out.
void pass_context(const Workflow& workflow, const WorkflowEdge* edge, const std::string& source,
                  const std::string& target, CallContext& context);

}  // namespace studio::core
