#include "apps/providers/turn_model.hpp"

#include <algorithm>

#include "apps/config/cpu_count.hpp"
#include "apps/providers/local_speech.hpp"
#include "base/log.hpp"

namespace studio::apps {

namespace {

struct Loaded {
    std::shared_ptr<adapters::TurnModel> model;
    std::string trouble;
};

const Loaded& loaded(const ProviderOptions& config) {
    // Never taken apart: threads of the pool may still compute when a process ends.
    static const auto* const kept = [&config] {
        auto* const found = new Loaded();
        auto model = adapters::TurnModel::load(find_speech_folder(config));
        if (model) {
            found->model = std::move(*model);
            STUDIO_LOG(info, "turn_model", {"model", adapters::TurnModel::folder_name});
        } else {
            found->trouble = model.error();
            STUDIO_LOG(info, "no_turn_model", {"why", found->trouble});
        }
        return found;
    }();
    return *kept;
}

}  // namespace

const std::shared_ptr<adapters::TurnModel>& turn_model(const ProviderOptions& config) {
    return loaded(config).model;
}

const std::string& turn_model_trouble(const ProviderOptions& config) {
    return loaded(config).trouble;
}

adapters::SmartTurnOptions smart_turn_options() {
    adapters::SmartTurnOptions options;
    // Twice as many as can be computed at once: the second of each is late by 65 ms only.
    options.questions_max = std::max<std::size_t>(2, 2 * usable_cpus());
    return options;
}

}  // namespace studio::apps
