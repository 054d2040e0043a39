#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/interface.hpp"
#include "core/agent/agent_config.hpp"

namespace studio::services {

/// A provider that cannot work here: agents that name it are accepted, and their calls fail.
struct ProviderGap {
    /// As agents name it.
    std::string provider;
    /// What to do about it, in words for the operator; no piece of a secret.
    std::string reason;
};

/// Checks what only the providers know: that the named providers exist and accept the agent's
/// options, voices and models. Filled by whoever wires the program from its provider registries. On
/// the loop of the use cases only.
class AgentCheck : public Interface {
public:
    /// Everything that is wrong, by its path from `root`: `config.stt.provider`.
    [[nodiscard]] virtual std::vector<core::FieldError> check(const core::AgentConfig& agent,
                                                              std::string_view root) const = 0;

    /// What will not work although the agent is right: a provider that has no key or is not
    /// installed here. By its path, as check().
    [[nodiscard]] virtual std::vector<core::FieldError> warnings(const core::AgentConfig& agent,
                                                                 std::string_view root) const = 0;
};

}  // namespace studio::services
