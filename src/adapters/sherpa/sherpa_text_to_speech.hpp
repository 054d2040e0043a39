#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "adapters/sherpa/sherpa_voices.hpp"
#include "ports/text_to_speech.hpp"
#include "runtime/blocking_pool.hpp"
#include "runtime/loop.hpp"

namespace studio::adapters {

struct SherpaTextToSpeechOptions {
    /// Longer texts are refused: a sentence is a few hundred bytes.
    std::size_t text_bytes_max = 4'000;
};

/// Speech synthesis by a neural voice inside the process, without a network: Piper's voices, run by
/// sherpa-onnx, with phonemes from eSpeak NG. The text is cut at clauses; the first one, a short
/// one, is heard while the next are still made on the blocking pool. Cancelling takes effect
/// between two pieces.
///
/// `voice` is the name of the voice's folder; empty means the first one that speaks the language. A
/// name that only the spare voice knows is spoken by that one.
/// What an agent may say in `tts.options`:
///   speed     0.5 to 2.0, 1.0 unless given.
///
/// The places of words are estimates: the model does not tell how long it made each phoneme, so the
/// sound of a piece, without the silence around it, is shared out by phonemes.
class SherpaTextToSpeech final : public TextToSpeech {
public:
    /// All outlive this object and its syntheses. `spare`: nullptr for none.
    SherpaTextToSpeech(runtime::Loop& loop, runtime::BlockingPool& pool, SherpaVoices& voices,
                       TextToSpeech* spare = nullptr, SherpaTextToSpeechOptions options = {});

    [[nodiscard]] std::vector<OptionError> validate(const SynthesisRequest& request) const override;
    [[nodiscard]] std::unique_ptr<Synthesis> speak(SynthesisRequest request,
                                                   SynthesisListener& listener) override;

private:
    [[nodiscard]] bool is_for_spare(const SynthesisRequest& request) const;

    runtime::Loop& loop_;
    runtime::BlockingPool& pool_;
    SherpaVoices& voices_;
    TextToSpeech* spare_;
    SherpaTextToSpeechOptions options_;
};

}  // namespace studio::adapters
