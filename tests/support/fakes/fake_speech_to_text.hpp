#pragma once

#include <memory>
#include <vector>

#include "ports/speech_to_text.hpp"
#include "runtime/loop.hpp"
#include "support/fakes/fault_plan.hpp"
#include "support/fakes/simulated_speech.hpp"

namespace studio::testing_support {

/// How a fake recogniser is.
struct RecogniserManner {
    /// It judges turns: an early end after 100 ms of silence behind words, the end after 200 ms.
    bool judges = false;
    /// It takes this share of the words, 0..1, for an early end already: the next word resumes it.
    double hasty_share = 0.0;
    /// It writes capitals and full stops, also in partial transcripts.
    bool writes_marks = false;
};

/// Understands SimulatedSpeech: a partial after each new word, a final after finish_utterance.
class FakeSpeechToText final : public SpeechToText {
public:
    /// Borrows both, which outlive it.
    FakeSpeechToText(runtime::Loop& loop, const SimulatedSpeech& speech, FaultPlan plan,
                     RecogniserManner manner = {});

    /// Of the streams that are opened from now on.
    void be(RecogniserManner manner) { manner_ = manner; }

    [[nodiscard]] std::vector<OptionError> validate(
        const SpeechToTextOptions& options) const override;
    [[nodiscard]] std::unique_ptr<SpeechStream> open(const SpeechToTextOptions& options,
                                                     SpeechListener& listener) override;

private:
    runtime::Loop& loop_;
    const SimulatedSpeech& speech_;
    FaultPlan plan_;
    RecogniserManner manner_;
};

}  // namespace studio::testing_support
