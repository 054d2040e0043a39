#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/interface.hpp"
#include "core/agent/field_error.hpp"
#include "ports/resource_store.hpp"
#include "services/resources/agent_check.hpp"

namespace studio::services {

/// What was found out about one resource.
struct ResourceFindings {
    /// Where there are any it is not stored.
    std::vector<core::FieldError> errors;
    /// What will not work although it is stored.
    std::vector<core::FieldError> warnings;
    /// What is an error of a resource that is written as a whole, and a warning while it is written
    /// piece by piece: the next piece may be what is missing.
    std::vector<core::FieldError> gaps{};
    /// What must exist when it is stored. Of what it uses besides, the absence is a warning.
    std::vector<ResourceName> needs{};
};

/// What the resources of one kind must be. On the loop of the use cases.
class ResourceRules : public Interface {
public:
    [[nodiscard]] virtual bool is_name(std::string_view text) const = 0;
    /// What is_name wants, for the author of a wrong one.
    [[nodiscard]] virtual const char* name_rule() const = 0;
    [[nodiscard]] virtual ResourceFindings check(const Resource& resource) const = 0;
    /// The path of the field in which what it needs as number `index` stands.
    [[nodiscard]] virtual std::string path_of_need(std::size_t index) const = 0;
};

/// Agents: their configuration, and what the providers say of it.
class AgentRules final : public ResourceRules {
public:
    /// `agent_check` outlives it.
    explicit AgentRules(const AgentCheck& agent_check) : agent_check_(agent_check) {}

    [[nodiscard]] bool is_name(std::string_view text) const override;
    [[nodiscard]] const char* name_rule() const override;
    [[nodiscard]] ResourceFindings check(const Resource& resource) const override;
    [[nodiscard]] std::string path_of_need(std::size_t index) const override;

private:
    const AgentCheck& agent_check_;
};

/// Tools: their parameters and actions.
class ToolRules final : public ResourceRules {
public:
    [[nodiscard]] bool is_name(std::string_view text) const override;
    [[nodiscard]] const char* name_rule() const override;
    [[nodiscard]] ResourceFindings check(const Resource& resource) const override;
    [[nodiscard]] std::string path_of_need(std::size_t index) const override;
};

/// Workflows: their graph. A slug is written as an agent's name is.
class WorkflowRules final : public ResourceRules {
public:
    [[nodiscard]] bool is_name(std::string_view text) const override;
    [[nodiscard]] const char* name_rule() const override;
    [[nodiscard]] ResourceFindings check(const Resource& resource) const override;
    [[nodiscard]] std::string path_of_need(std::size_t index) const override;
};

}  // namespace studio::services
