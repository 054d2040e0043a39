#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapters/phrase_cache/phrase_cache.hpp"
#include "ports/text_to_speech.hpp"
#include "runtime/loop.hpp"

namespace studio::adapters {

/// All that the speech of a text depends on, as one text: two requests have the same key only where
/// provider, voice, model, language, options and text are the same. Options hold whatever an agent
/// brings of its own, such as the address of a server.
[[nodiscard]] std::string phrase_key(std::string_view provider, const SynthesisRequest& request);

/// A voice that need not speak a text twice: what it made to its end is kept, with the places of
/// its words, and comes back as the same events, on the loop, half a second at a time. What failed
/// or was cancelled is not kept.
class CachedTextToSpeech final : public TextToSpeech {
public:
    /// `provider` is the voice's name. All outlive this object and its syntheses.
    CachedTextToSpeech(runtime::Loop& loop, std::string provider, TextToSpeech& voice,
                       PhraseCache& cache);

    [[nodiscard]] std::vector<OptionError> validate(const SynthesisRequest& request) const override;
    [[nodiscard]] std::unique_ptr<Synthesis> speak(SynthesisRequest request,
                                                   SynthesisListener& listener) override;

private:
    runtime::Loop& loop_;
    std::string provider_;
    TextToSpeech& voice_;
    PhraseCache& cache_;
};

}  // namespace studio::adapters
