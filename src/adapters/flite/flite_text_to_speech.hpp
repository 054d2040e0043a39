#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "ports/text_to_speech.hpp"
#include "runtime/blocking_pool.hpp"
#include "runtime/loop.hpp"

namespace studio::adapters {

struct FliteOptions {
    /// The voice of agents that name none.
    std::string voice = "slt";
    /// Longer texts are refused: a sentence is a few hundred bytes.
    std::size_t text_bytes_max = 4'000;
};

/// Speech synthesis inside the process, for English, without a network: CMU Flite. Synthesised on
/// the blocking pool; audio comes in pieces while the rest is still being made, words with their
/// places. Voices: slt (woman), rms, awb (Scottish), kal16, kal (men; kal has 8 kHz).
///
/// What an agent may say in `tts.options`:
///   speed     0.5 to 2.0, 1.0 unless given.
class FliteTextToSpeech final : public TextToSpeech {
public:
    /// `pool` and `loop` outlive this object and its syntheses.
    FliteTextToSpeech(runtime::Loop& loop, runtime::BlockingPool& pool, FliteOptions options = {});
    ~FliteTextToSpeech() override;

    [[nodiscard]] std::vector<OptionError> validate(const SynthesisRequest& request) const override;
    [[nodiscard]] std::unique_ptr<Synthesis> speak(SynthesisRequest request,
                                                   SynthesisListener& listener) override;

private:
    runtime::Loop& loop_;
    runtime::BlockingPool& pool_;
    FliteOptions options_;
};

}  // namespace studio::adapters
