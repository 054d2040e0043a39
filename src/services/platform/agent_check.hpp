#pragma once

#include <string_view>
#include <vector>

#include "base/interface.hpp"
#include "core/agent/agent_config.hpp"

namespace studio::services {

/// Checks what only the providers know: that the named providers exist and accept the agent's
/// options, voices and models. Filled by whoever wires the program from its provider registries. On
/// the loop of the use cases only.
class AgentCheck : public Interface {
public:
    /// Everything that is wrong, by its path from `root`: `config.stt.provider`.
    [[nodiscard]] virtual std::vector<core::FieldError> check(const core::AgentConfig& agent,
                                                              std::string_view root) const = 0;
};

}  // namespace studio::services
