#pragma once

#include <memory>
#include <string>

#include "adapters/sherpa/local_speech_to_text.hpp"
#include "adapters/sherpa/speech_models.hpp"
#include "apps/config/option_groups.hpp"

namespace studio::apps {

/// The folder of speech models: the configured one; else `../speech` beside the program's own
/// folder, then /usr/lib/agent-studio/speech, whichever is there; else empty.
[[nodiscard]] std::string find_speech_folder(const ProviderOptions& config);

/// The recognition models of this process: made at the first call, from its `config`, and kept
/// until the process ends. Reads files then. Any thread.
[[nodiscard]] const std::shared_ptr<adapters::SpeechModels>& speech_models(
    const ProviderOptions& config);

/// How many callers `local` may hear in this process.
[[nodiscard]] adapters::LocalSpeechOptions local_speech_options(const ProviderOptions& config);

/// Who hears callers where an agent does not say: one line for people.
[[nodiscard]] std::string describe_ears(const ProviderOptions& config);

}  // namespace studio::apps
