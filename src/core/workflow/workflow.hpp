#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "core/context/condition.hpp"
#include "core/tool/tool_definition.hpp"

namespace studio::core {

/// Hand-offs in one call of a workflow; then the call says goodbye and ends. A conversation that
/// passes through more hands goes round in circles.
inline constexpr std::uint32_t workflow_handoffs_max = 20;

/// The parameter in which a model sums the conversation up for the next agent; no edge extracts one
/// of that name.
inline constexpr const char* handoff_summary_parameter = "conversation_summary";

/// Where the editor draws a node; no meaning for calls.
struct NodePosition {
    double x = 0.0;
    double y = 0.0;
};

/// One agent's place in a workflow.
struct WorkflowNode {
    /// Unique in the workflow: 1 to 64 letters, digits, `_` and `-`.
    std::string id;
    /// An agent has at most one node, so that its name says where a call stands.
    std::string agent_name;
    /// The call begins here. Exactly one.
    bool is_entry = false;
    /// When this agent ends its part, the call ends. At least one.
    bool is_exit = false;
    /// Where it holds when the node is reached, the node is passed over.
    std::optional<Condition> skip_condition;
    std::optional<NodePosition> position;
};

/// How much of the conversation the next agent's model gets to read.
struct HistoryPassed {
    enum class Kind : std::uint8_t {
        all,
        /// The newest `count` messages of caller and agent.
        last,
        /// Nothing but what the model that hands over wrote for it.
        summary,
        none,
    };
    Kind kind = Kind::all;
    std::size_t count = 0;
};

/// A way from one node to another, or of a global hand-off, from anywhere to one node.
struct WorkflowEdge {
    /// Unique in the workflow. Unless given, `source.target`, or `any.target` of a global one.
    std::string id;
    /// A node's id; empty for a global hand-off.
    std::string source_id;
    std::string target_id;
    /// When to take it, for the model: the edge is a tool of the source's agent then. An edge with
    /// neither description nor condition is a tool too, for when the agent's part is done.
    std::string description;
    /// Taken by itself where it holds after a tool, or when the agent ends its part.
    std::optional<Condition> condition;
    /// What the model must find out before it hands over; kept under `workflow.*`.
    std::vector<ToolParameter> extract;
    /// Members of the source agent's own part of the context that the next agent gets.
    std::vector<std::string> context_passed;
    HistoryPassed history;
    /// A template that is said before the next agent takes over; may be empty.
    std::string transition_speech;
    /// Whether the next agent says its greeting; else its model goes on at once.
    bool greet = true;

    /// Whether the source's model gets a tool for it.
    [[nodiscard]] bool has_tool() const { return !description.empty() || !condition; }
};

/// A graph of agents for one call, checked. A plain value.
struct Workflow {
    std::vector<WorkflowNode> nodes;
    /// In the order in which they are tried.
    std::vector<WorkflowEdge> connections;
    /// Hand-offs that any agent of the workflow has, after its own.
    std::vector<WorkflowEdge> global_handoffs;
    /// Members of an agent's own part of the context that all agents get, as `workflow.*`.
    std::vector<std::string> shared_context;
};

/// nullptr where there is none.
[[nodiscard]] const WorkflowNode* find_node(const Workflow& workflow, const std::string& id);
[[nodiscard]] const WorkflowNode* node_of_agent(const Workflow& workflow, const std::string& agent);
/// The node at which calls begin; a checked workflow has one.
[[nodiscard]] const WorkflowNode& entry_of(const Workflow& workflow);

/// The ways on from a node, in the order in which they are tried: its own, then global ones but for
/// those that lead to itself. Of an agent without a node, nullptr, the global ones.
[[nodiscard]] std::vector<const WorkflowEdge*> edges_from(const Workflow& workflow,
                                                          const WorkflowNode* node);
/// The way from one agent to another; nullptr where the workflow has none.
[[nodiscard]] const WorkflowEdge* edge_between(const Workflow& workflow, const std::string& source,
                                               const std::string& target);

}  // namespace studio::core
