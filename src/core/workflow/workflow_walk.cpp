#include "core/workflow/workflow_walk.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/plan/agent_plan.hpp"

namespace studio::core {

namespace {

bool is_taken(const WorkflowEdge& edge, bool is_over, const CallContext& context) {
    return edge.condition ? edge.condition->holds(context) : is_over && edge.description.empty();
}

WorkflowStep step_to(const WorkflowPosition& position, std::string agent,
                     const WorkflowEdge* edge) {
    const auto kind = position.handoffs >= workflow_handoffs_max ? WorkflowStep::Kind::exhausted
                                                                 : WorkflowStep::Kind::hand_off;
    return {kind, std::move(agent), edge};
}

}  // namespace

WorkflowStep next_step(const Workflow& workflow, const AgentConfig& present,
                       const WorkflowPosition& position, const WorkflowEvent& event,
                       const CallContext& context) {
    if (!event.hand_off_to.empty()) {
        return step_to(position, event.hand_off_to,
                       edge_between(workflow, position.agent, event.hand_off_to));
    }
    const WorkflowNode* node = node_of_agent(workflow, position.agent);
    if (event.is_over && (node == nullptr || node->is_exit)) {
        return {WorkflowStep::Kind::end};
    }
    if (const auto target = due_handoff(present, context)) {
        return step_to(position, *target, edge_between(workflow, position.agent, *target));
    }
    for (const WorkflowEdge* edge : edges_from(workflow, node)) {
        if (is_taken(*edge, event.is_over, context)) {
            return step_to(position, find_node(workflow, edge->target_id)->agent_name, edge);
        }
    }
    return {event.is_over ? WorkflowStep::Kind::end : WorkflowStep::Kind::stay};
}

std::optional<std::string> arrival(const Workflow& workflow, const std::string& agent,
                                   const CallContext& context) {
    const WorkflowNode* node = node_of_agent(workflow, agent);
    // Connections make no circle, global hand-offs are not gone here: every node is met once.
    while (node != nullptr && node->skip_condition && node->skip_condition->holds(context)) {
        if (node->is_exit) {
            return std::nullopt;
        }
        const auto next =
            std::find_if(workflow.connections.begin(), workflow.connections.end(),
                         [node, &context](const WorkflowEdge& edge) {
                             return edge.source_id == node->id &&
                                    (!edge.condition || edge.condition->holds(context));
                         });
        if (next == workflow.connections.end()) {
            break;
        }
        node = find_node(workflow, next->target_id);
    }
    return node == nullptr ? agent : node->agent_name;
}

std::string first_agent(const Workflow& workflow, const CallContext& context) {
    const std::string& entry = entry_of(workflow).agent_name;
    // Where all of it is passed over, somebody has to say so.
    return arrival(workflow, entry, context).value_or(entry);
}

void pass_context(const Workflow& workflow, const WorkflowEdge* edge, const std::string& source,
                  const std::string& target, CallContext& context) {
    constexpr const char* own = "agents.";
    const auto value_of = [&context](const std::string& key) -> std::optional<Json> {
        const Json* found = context.find(own + key);
        return found == nullptr ? std::nullopt : std::optional<Json>(*found);
    };
    context.set_agent(source);
    std::vector<std::pair<std::string, Json>> passed;
    for (const std::string& key :
         edge == nullptr ? std::vector<std::string>{} : edge->context_passed) {
        if (auto value = value_of(key)) {
            passed.emplace_back(own + key, std::move(*value));
        }
    }
    for (const std::string& key : workflow.shared_context) {
        if (auto value = value_of(key)) {
            static_cast<void>(context.set("workflow." + key, std::move(*value)));
        }
    }
    context.set_agent(target);
    for (auto& [path, value] : passed) {
        static_cast<void>(context.set(path, std::move(value)));
    }
}

}  // namespace studio::core
