#include "services/conversation/seat/internal/toolbox.hpp"

#include <algorithm>

namespace studio::services {

Toolbox::Toolbox(const std::vector<core::ToolDefinition>& tools) {
    for (const core::ToolDefinition& tool : tools) {
        tools_.push_back(std::make_shared<const core::ToolDefinition>(tool));
    }
}

std::shared_ptr<const core::ToolDefinition> Toolbox::find(const std::string& name) const {
    const auto found = std::find_if(tools_.begin(), tools_.end(),
                                    [&name](const auto& tool) { return tool->name == name; });
    return found == tools_.end() ? nullptr : *found;
}

std::vector<ModelTool> Toolbox::model_tools() const {
    std::vector<ModelTool> tools;
    for (const auto& tool : tools_) {
        tools.push_back({tool->name, tool->description, core::to_json_schema(*tool)});
    }
    return tools;
}

}  // namespace studio::services
