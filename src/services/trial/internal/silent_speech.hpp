#pragma once

#include <memory>
#include <vector>

#include "ports/speech_to_text.hpp"
#include "ports/text_to_speech.hpp"
#include "runtime/loop.hpp"

namespace studio::services {

/// A recogniser of callers who write: it hears nothing.
class DeafEars final : public SpeechToText {
public:
    [[nodiscard]] std::vector<OptionError> validate(const SpeechToTextOptions&) const override {
        return {};
    }
    [[nodiscard]] std::unique_ptr<SpeechStream> open(const SpeechToTextOptions& options,
                                                     SpeechListener& listener) override;
};

/// A voice of agents that are read: each sentence is 20 ms of silence, so that it counts as heard
/// when its turn came. On its loop, which outlives it.
class SilentVoice final : public TextToSpeech {
public:
    explicit SilentVoice(runtime::Loop& loop) : loop_(loop) {}

    [[nodiscard]] std::vector<OptionError> validate(const SynthesisRequest&) const override {
        return {};
    }
    [[nodiscard]] std::unique_ptr<Synthesis> speak(SynthesisRequest request,
                                                   SynthesisListener& listener) override;

private:
    runtime::Loop& loop_;
};

}  // namespace studio::services
