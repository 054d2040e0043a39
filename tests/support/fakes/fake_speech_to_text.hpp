#pragma once

#include <memory>
#include <vector>

#include "ports/speech_to_text.hpp"
#include "runtime/loop.hpp"
#include "support/fakes/fault_plan.hpp"
#include "support/fakes/simulated_speech.hpp"

namespace studio::testing_support {

/// Understands SimulatedSpeech: a partial after each new word, a final after finish_utterance.
class FakeSpeechToText final : public SpeechToText {
public:
    /// Borrows both, which outlive it.
    FakeSpeechToText(runtime::Loop& loop, const SimulatedSpeech& speech, FaultPlan plan);

    [[nodiscard]] std::vector<OptionError> validate(
        const SpeechToTextOptions& options) const override;
    [[nodiscard]] std::unique_ptr<SpeechStream> open(const SpeechToTextOptions& options,
                                                     SpeechListener& listener) override;

private:
    runtime::Loop& loop_;
    const SimulatedSpeech& speech_;
    FaultPlan plan_;
};

}  // namespace studio::testing_support
