#include "apps/providers/local_voice.hpp"

#include <algorithm>

#include "apps/config/cpu_count.hpp"
#include "apps/providers/local_speech.hpp"
#include "base/entropy.hpp"

namespace studio::apps {

namespace {

adapters::SherpaVoicesOptions voices_options(const ProviderOptions& config) {
    adapters::SherpaVoicesOptions options;
    options.folder = find_speech_folder(config);
    // Half the processors, and never every thread of the pool: the media loops, recognisers and
    // the store want theirs.
    const std::size_t half = std::max<std::size_t>(usable_cpus() / 2, 1);
    options.width = std::min<std::size_t>(half, std::max(config.blocking_threads, 2U) - 1);
    return options;
}

}  // namespace

adapters::SherpaVoices& speech_voices(const ProviderOptions& config) {
    // Never taken apart: threads of the pool may still speak when a process ends.
    static auto* const entropy = new SystemEntropy;
    static auto* const phonemes = new adapters::EspeakPhonemes(*entropy);
    static auto* const voices = new adapters::SherpaVoices(voices_options(config), *phonemes);
    return *voices;
}

adapters::PhraseCache& phrase_cache(const ProviderOptions& config) {
    static auto* const cache =
        new adapters::PhraseCache({.bytes_max = std::size_t{config.phrase_cache_mib} << 20U});
    return *cache;
}

std::string describe_voice(const ProviderOptions& config) {
    const adapters::SherpaVoices& voices = speech_voices(config);
    const std::string english = voices.name_for("", "en");
    return english.empty() ? "flite (no neural voice is installed)" : english;
}

}  // namespace studio::apps
