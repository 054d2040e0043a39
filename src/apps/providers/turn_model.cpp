#include "apps/providers/turn_model.hpp"

#include <algorithm>
#include <string>

#include "apps/config/cpu_count.hpp"
#include "apps/providers/local_speech.hpp"

namespace studio::apps {

const std::shared_ptr<adapters::TurnModelOnDemand>& turn_model(const ProviderOptions& config) {
    using adapters::TurnModelOnDemand;
    // Never taken apart: threads of the pool may still compute when a process ends.
    static const auto* const kept = [&config] {
        const std::string folder = find_speech_folder(config);
        return new std::shared_ptr<TurnModelOnDemand>(
            adapters::TurnModel::is_installed(folder) ? std::make_shared<TurnModelOnDemand>(folder)
                                                      : nullptr);
    }();
    return *kept;
}

adapters::SmartTurnOptions smart_turn_options() {
    adapters::SmartTurnOptions options;
    // Twice as many as can be computed at once: the second of each is a tenth of a second late.
    options.questions_max = std::max<std::size_t>(2, 2 * usable_cpus());
    return options;
}

}  // namespace studio::apps
