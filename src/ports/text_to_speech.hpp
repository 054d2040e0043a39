#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/interface.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "ports/provider_error.hpp"

namespace studio {

struct SynthesisRequest {
    /// One sentence or a few; plain text.
    std::string text;
    std::string language = "en";
    std::string voice;
    std::string model;
    /// The agent's `tts.options`, which only the provider understands.
    Json options;
    /// The first audio must have come by then; later is SynthesisFailed{timed_out}.
    milliseconds timeout{10'000};
};

/// The next piece of mono PCM at 16 kHz, of any length.
struct SynthesisAudio {
    std::vector<std::int16_t> samples;
};

/// Where a word starts in this synthesis, for providers that know. Words come in the text's order;
/// `text_offset` counts bytes of the request's text, `sample_offset` samples at 16 kHz.
struct SynthesisWord {
    std::size_t text_offset = 0;
    std::size_t sample_offset = 0;
};

/// All audio has come; the last event.
struct SynthesisFinished {};

/// The synthesis broke off; the last event. Audio that came before it may be played.
struct SynthesisFailed {
    ProviderError error;
};

using SynthesisEvent =
    std::variant<SynthesisAudio, SynthesisWord, SynthesisFinished, SynthesisFailed>;

/// Who takes the audio of one text; SynthesisFinished or SynthesisFailed is the last event.
class SynthesisListener : public Interface {
public:
    /// On the synthesiser's loop, never from inside `speak`. The listener may destroy it then.
    virtual void on_synthesis(const SynthesisEvent& event) = 0;
};

/// One synthesis under way. Destroying it cancels it; no event comes afterwards.
class Synthesis : public Interface {};

/// A voice. One object per loop, used on that loop only; it outlives its syntheses.
class TextToSpeech : public Interface {
public:
    /// Checks voice, model and options when an agent is written; empty where all is well.
    [[nodiscard]] virtual std::vector<OptionError> validate(
        const SynthesisRequest& request) const = 0;

    /// Never blocks and never fails: trouble arrives as SynthesisFailed. `listener` outlives it.
    [[nodiscard]] virtual std::unique_ptr<Synthesis> speak(SynthesisRequest request,
                                                           SynthesisListener& listener) = 0;
};

}  // namespace studio
