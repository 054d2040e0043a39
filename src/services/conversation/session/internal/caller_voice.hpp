#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "audio/frame.hpp"
#include "audio/speech_evidence.hpp"
#include "audio/voice_detector.hpp"
#include "ports/speech_judge.hpp"

namespace studio::services {

/// How likely what the caller sends is speech: by the plain detector alone, or together with a
/// model where there is one. After a takeover it begins anew.
class CallerVoice {
public:
    /// `judge` outlives it; nullptr for none.
    explicit CallerVoice(SpeechJudge* judge);

    /// What the model has found since the last frame; it counts from the next hear() on. Before
    /// each frame.
    [[nodiscard]] std::optional<SpeechVerdict> learn();
    /// The probability for these 20 ms. `early`: as SpeechEvidence.
    [[nodiscard]] double hear(const audio::Frame& frame, bool early);

private:
    struct Judged {
        explicit Judged(std::unique_ptr<SpeechEar> with_ear) : ear(std::move(with_ear)) {}
        audio::SpeechEvidence evidence;
        std::unique_ptr<SpeechEar> ear;
    };

    /// One of the two.
    audio::VoiceDetector plain_;
    std::unique_ptr<Judged> judged_;
};

}  // namespace studio::services
