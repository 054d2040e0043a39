#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "core/agent/object_reader.hpp"
#include "core/workflow/internal/workflow_check.hpp"
#include "core/workflow/workflow_config.hpp"

namespace studio::core {

namespace {

using Errors = std::vector<FieldError>;

std::string in_quotes(const std::string& id) {
    return "'" + id + "'";
}

void check_nodes(const Workflow& workflow, const std::string& root, Errors& errors) {
    const std::string nodes = root + ".nodes";
    std::map<std::string, std::size_t> ids;
    std::map<std::string, std::string> agents;
    const WorkflowNode* entry = nullptr;
    bool has_exit = false;
    for (std::size_t index = 0; index < workflow.nodes.size(); ++index) {
        const WorkflowNode& node = workflow.nodes[index];
        const std::string path = item_path(nodes, index);
        if (const auto [at, is_new] = ids.emplace(node.id, index); !is_new && !node.id.empty()) {
            errors.push_back({path + ".id", "node " + in_quotes(node.id) +
                                                " is there already, as " +
                                                item_path("nodes", at->second)});
        }
        const auto [first, is_first] = agents.emplace(node.agent_name, node.id);
        if (!is_first && !node.agent_name.empty()) {
            errors.push_back({path + ".agent_name", "node " + in_quotes(node.id) + ": agent " +
                                                        in_quotes(node.agent_name) +
                                                        " has a node already, " +
                                                        in_quotes(first->second)});
        }
        if (node.is_entry && entry != nullptr) {
            errors.push_back({path + ".is_entry", "node " + in_quotes(node.id) +
                                                      ": there is one entry only, and node " +
                                                      in_quotes(entry->id) + " is it"});
        }
        entry = node.is_entry && entry == nullptr ? &node : entry;
        has_exit = has_exit || node.is_exit;
    }
    if (entry == nullptr) {
        errors.push_back({nodes, "one node must be the entry (is_entry)"});
    }
    if (!has_exit) {
        errors.push_back({nodes, "at least one node must be an exit (is_exit)"});
    }
}

void check_ends(const Workflow& workflow, const WorkflowEdge& edge, const std::string& path,
                Errors& errors) {
    const auto check = [&](const std::string& id, const char* field) {
        if (!id.empty() && find_node(workflow, id) == nullptr) {
            errors.push_back({path + field, "connection " + in_quotes(edge.id) +
                                                ": there is no node " + in_quotes(id)});
        }
    };
    check(edge.source_id, ".source_id");
    check(edge.target_id, ".target_id");
}

void check_edges(const Workflow& workflow, const std::string& root, Errors& errors) {
    std::set<std::string> ids;
    std::set<std::pair<std::string, std::string>> ways;
    for (const auto& [name, edges] : {std::pair(".connections", &workflow.connections),
                                      std::pair(".global_handoffs", &workflow.global_handoffs)}) {
        for (std::size_t index = 0; index < edges->size(); ++index) {
            const WorkflowEdge& edge = (*edges)[index];
            const std::string path = item_path(root + name, index);
            check_ends(workflow, edge, path, errors);
            const bool is_way = !edge.target_id.empty();
            if (is_way && edge.source_id == edge.target_id) {
                errors.push_back({path + ".target_id", "connection " + in_quotes(edge.id) +
                                                           " leads back to its own node"});
            } else if (is_way && !ways.emplace(edge.source_id, edge.target_id).second) {
                errors.push_back(
                    {path, "connection " + in_quotes(edge.id) + ": there is one already between " +
                               (edge.source_id.empty() ? "any node" : in_quotes(edge.source_id)) +
                               " and " + in_quotes(edge.target_id)});
            } else if (!ids.insert(edge.id).second) {
                errors.push_back(
                    {path + ".id", "connection " + in_quotes(edge.id) + " is there already"});
            }
        }
    }
}

/// Finds circles, each at the connection that closes it.
class CircleSearch {
public:
    CircleSearch(const Workflow& workflow, std::string path, Errors& errors)
        : workflow_(workflow), path_(std::move(path)), errors_(errors) {}

    /// Recursion is as deep as there are nodes, which are few.
    void visit(const std::string& node) {
        if (!done_.insert(node).second) {
            return;
        }
        way_.push_back(node);
        for (std::size_t index = 0; index < workflow_.connections.size(); ++index) {
            const WorkflowEdge& edge = workflow_.connections[index];
            if (edge.source_id != node || edge.target_id == node) {
                continue;
            }
            const auto begin = std::find(way_.begin(), way_.end(), edge.target_id);
            if (begin == way_.end()) {
                visit(edge.target_id);
                continue;
            }
            std::string circle;
            for (auto at = begin; at != way_.end(); ++at) {
                circle += *at + " -> ";
            }
            errors_.push_back(
                {item_path(path_, index), "connection " + in_quotes(edge.id) +
                                              " closes a circle, " + circle + edge.target_id +
                                              "; a way back is one of the agent's own handoffs"});
        }
        way_.pop_back();
    }

private:
    const Workflow& workflow_;
    std::string path_;
    Errors& errors_;
    std::set<std::string> done_;
    std::vector<std::string> way_;
};

}  // namespace

std::vector<FieldError> internal::check_graph(const Workflow& workflow, const std::string& root) {
    Errors errors;
    check_nodes(workflow, root, errors);
    check_edges(workflow, root, errors);
    CircleSearch circles(workflow, root + ".connections", errors);
    for (const WorkflowNode& node : workflow.nodes) {
        circles.visit(node.id);
    }
    return errors;
}

std::vector<FieldError> unreachable_nodes(const Workflow& workflow, std::string_view root) {
    const WorkflowNode& entry = entry_of(workflow);
    std::vector<const WorkflowNode*> reached{&entry};
    for (std::size_t index = 0; index < reached.size(); ++index) {
        for (const WorkflowEdge* edge : edges_from(workflow, reached[index])) {
            const WorkflowNode* target = find_node(workflow, edge->target_id);
            if (target != nullptr &&
                std::find(reached.begin(), reached.end(), target) == reached.end()) {
                reached.push_back(target);
            }
        }
    }
    Errors errors;
    for (std::size_t index = 0; index < workflow.nodes.size(); ++index) {
        const WorkflowNode& node = workflow.nodes[index];
        if (std::find(reached.begin(), reached.end(), &node) == reached.end()) {
            errors.push_back({item_path(std::string(root) + ".nodes", index),
                              "node " + in_quotes(node.id) + " cannot be reached from the entry, " +
                                  in_quotes(entry.id)});
        }
    }
    return errors;
}

}  // namespace studio::core
