#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/tool/tool_definition.hpp"
#include "ports/language_model.hpp"

namespace studio::services {

/// The tools of one agent, in the order in which its model sees them. Immutable.
class Toolbox {
public:
    explicit Toolbox(const std::vector<core::ToolDefinition>& tools);

    /// nullptr where there is no such tool.
    [[nodiscard]] std::shared_ptr<const core::ToolDefinition> find(const std::string& name) const;
    [[nodiscard]] std::vector<ModelTool> model_tools() const;

private:
    std::vector<std::shared_ptr<const core::ToolDefinition>> tools_;
};

}  // namespace studio::services
