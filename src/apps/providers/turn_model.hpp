#pragma once

#include <memory>
#include <string>

#include "adapters/smart_turn/smart_turn_judge.hpp"
#include "apps/config/option_groups.hpp"

namespace studio::apps {

/// The model that hears whether a pause is the end of a turn, for every loop of the process, from
/// the folder of speech models; kept until the process ends. nullptr where there is none.
[[nodiscard]] const std::shared_ptr<adapters::TurnModelOnDemand>& turn_model(
    const ProviderOptions& config);

/// How many questions it may be asked at once in this process.
[[nodiscard]] adapters::SmartTurnOptions smart_turn_options();

}  // namespace studio::apps
