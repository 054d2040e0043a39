#pragma once

#include <memory>

#include "apps/config/option_groups.hpp"
#include "audio/silero/network.hpp"

namespace studio::apps {

/// The voice detector's model for every loop of the process, from the folder of speech models.
/// nullptr where there is none: calls are then held with the plain detector. Logs which it is,
/// either way. Blocks; at start.
[[nodiscard]] std::shared_ptr<const audio::silero::Model> load_voice_model(
    const ProviderOptions& config);

}  // namespace studio::apps
