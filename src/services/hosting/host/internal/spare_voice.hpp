#pragma once

#include <vector>

#include "core/agent/agent_config.hpp"
#include "ports/text_to_speech.hpp"

namespace studio::services {

/// The first of `voices` but the agent's own that speaks every language of the agent; nullptr for
/// none.
[[nodiscard]] TextToSpeech* choose_spare_voice(const std::vector<TextToSpeech*>& voices,
                                               const TextToSpeech* own,
                                               const core::AgentConfig& agent);

}  // namespace studio::services
