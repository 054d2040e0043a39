#pragma once

#include <string>

#include "adapters/phrase_cache/phrase_cache.hpp"
#include "adapters/sherpa/sherpa_voices.hpp"
#include "apps/config/option_groups.hpp"

namespace studio::apps {

// What the voices of a process share. Made at the first call, from its `config`, and kept until the
// process ends. Any thread.

/// The neural voices in find_speech_folder(). Reads files at the first call.
[[nodiscard]] adapters::SherpaVoices& speech_voices(const ProviderOptions& config);
/// The speech that was made already.
[[nodiscard]] adapters::PhraseCache& phrase_cache(const ProviderOptions& config);

/// Who speaks where an agent does not say: one line for people.
[[nodiscard]] std::string describe_voice(const ProviderOptions& config);

}  // namespace studio::apps
