#include "apps/providers/voice_model.hpp"

#include <utility>

#include "adapters/silero/silero_judge.hpp"
#include "apps/providers/local_speech.hpp"
#include "base/log.hpp"

namespace studio::apps {

std::shared_ptr<const audio::silero::Model> load_voice_model(const ProviderOptions& config) {
    auto model = adapters::load_silero(find_speech_folder(config));
    if (!model) {
        STUDIO_LOG(info, "voice_detector_without_model", {"why", model.error()});
        return nullptr;
    }
    STUDIO_LOG(info, "voice_detector", {"model", "silero"},
               {"instructions", (*model)->instructions()});
    return std::move(*model);
}

}  // namespace studio::apps
