#include "apps/providers/voice_model.hpp"

#include <filesystem>
#include <string>
#include <utility>

#include "adapters/silero/silero_judge.hpp"
#include "apps/providers/local_speech.hpp"
#include "base/log.hpp"

namespace studio::apps {
namespace {

/// The configured folder; else `../speech` beside the program's own folder; else the packaged one.
std::string find_speech_folder(const ProviderOptions& config) {
    if (!config.speech_models.empty()) {
        return config.speech_models;
    }
    std::error_code error;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
    const auto beside = program.parent_path().parent_path() / "speech";
    if (!error && std::filesystem::is_directory(beside, error)) {
        return beside.string();
    }
    return "/usr/lib/agent-studio/speech";
}

}  // namespace

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
