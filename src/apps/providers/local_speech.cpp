#include "apps/providers/local_speech.hpp"

#include <array>
#include <filesystem>

#include "apps/config/cpu_count.hpp"

namespace studio::apps {

namespace {

/// Half of the callers talk at a time, and who talks takes a quarter of a core at most: a fifth for
/// partial transcripts, the rest for pauses and ends (bench/results/speech.md).
constexpr std::size_t streams_per_core = 8;

std::string beside_the_program() {
    std::error_code error;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
    return error ? std::string() : (program.parent_path().parent_path() / "speech").string();
}

}  // namespace

std::string find_speech_folder(const ProviderOptions& config) {
    if (!config.speech_models.empty()) {
        return config.speech_models;
    }
    for (const std::string& folder :
         {beside_the_program(), std::string("/usr/lib/agent-studio/speech")}) {
        std::error_code error;
        if (!folder.empty() && std::filesystem::is_directory(folder, error)) {
            return folder;
        }
    }
    return {};
}

const std::shared_ptr<adapters::SpeechModels>& speech_models(const ProviderOptions& config) {
    // Never taken apart: threads of the library may still run when a process ends.
    static const auto* const models =
        new std::shared_ptr<adapters::SpeechModels>(std::make_shared<adapters::SpeechModels>(
            adapters::SpeechModelsOptions{.folder = find_speech_folder(config)}));
    return *models;
}

adapters::LocalSpeechOptions local_speech_options(const ProviderOptions& config) {
    adapters::LocalSpeechOptions options;
    options.streams_max = config.speech_streams_max != 0 ? config.speech_streams_max
                                                         : streams_per_core * usable_cpus();
    return options;
}

std::string describe_ears(const ProviderOptions& config) {
    const adapters::SpeechModels& models = *speech_models(config);
    if (!models.trouble().empty()) {
        return "pocketsphinx (" + models.trouble() + ')';
    }
    return models.options().default_model + ", up to " +
           std::to_string(local_speech_options(config).streams_max) + " callers at once";
}

}  // namespace studio::apps
