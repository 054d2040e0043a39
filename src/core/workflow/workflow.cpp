#include "core/workflow/workflow.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace studio::core {

const WorkflowNode* find_node(const Workflow& workflow, const std::string& id) {
    const auto found = std::find_if(workflow.nodes.begin(), workflow.nodes.end(),
                                    [&id](const WorkflowNode& node) { return node.id == id; });
    return found == workflow.nodes.end() ? nullptr : &*found;
}

const WorkflowNode* node_of_agent(const Workflow& workflow, const std::string& agent) {
    const auto found =
        std::find_if(workflow.nodes.begin(), workflow.nodes.end(),
                     [&agent](const WorkflowNode& node) { return node.agent_name == agent; });
    return found == workflow.nodes.end() ? nullptr : &*found;
}

const WorkflowNode& entry_of(const Workflow& workflow) {
    const auto found = std::find_if(workflow.nodes.begin(), workflow.nodes.end(),
                                    [](const WorkflowNode& node) { return node.is_entry; });
    STUDIO_CHECK(found != workflow.nodes.end(), "a checked workflow has an entry");
    return *found;
}

std::vector<const WorkflowEdge*> edges_from(const Workflow& workflow, const WorkflowNode* node) {
    std::vector<const WorkflowEdge*> edges;
    for (const WorkflowEdge& edge : workflow.connections) {
        if (node != nullptr && edge.source_id == node->id) {
            edges.push_back(&edge);
        }
    }
    for (const WorkflowEdge& edge : workflow.global_handoffs) {
        const bool leads_here = node != nullptr && edge.target_id == node->id;
        // One's own way to the same node says how it is gone.
        const bool is_known = std::any_of(
            edges.begin(), edges.end(),
            [&edge](const WorkflowEdge* other) { return other->target_id == edge.target_id; });
        if (!leads_here && !is_known) {
            edges.push_back(&edge);
        }
    }
    return edges;
}

const WorkflowEdge* edge_between(const Workflow& workflow, const std::string& source,
                                 const std::string& target) {
    const WorkflowNode* to = node_of_agent(workflow, target);
    if (to == nullptr) {
        return nullptr;
    }
    const auto edges = edges_from(workflow, node_of_agent(workflow, source));
    const auto found = std::find_if(edges.begin(), edges.end(), [to](const WorkflowEdge* edge) {
        return edge->target_id == to->id;
    });
    return found == edges.end() ? nullptr : *found;
}

}  // namespace studio::core
