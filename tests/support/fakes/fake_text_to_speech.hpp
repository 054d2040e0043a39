#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ports/text_to_speech.hpp"
#include "runtime/loop.hpp"
#include "support/fakes/fault_plan.hpp"

namespace studio::testing_support {

/// Speaks a steady tone, 60 ms for each byte of text, with a mark at each word.
class FakeTextToSpeech final : public TextToSpeech {
public:
    static constexpr std::size_t samples_per_byte = 960;

    /// Borrows the loop, which outlives it.
    FakeTextToSpeech(runtime::Loop& loop, FaultPlan plan);

    [[nodiscard]] std::vector<OptionError> validate(const SynthesisRequest& request) const override;
    [[nodiscard]] std::unique_ptr<Synthesis> speak(SynthesisRequest request,
                                                   SynthesisListener& listener) override;

    /// Every text so far.
    [[nodiscard]] const std::vector<std::string>& texts() const { return texts_; }

private:
    runtime::Loop& loop_;
    FaultPlan plan_;
    std::vector<std::string> texts_;
};

}  // namespace studio::testing_support
