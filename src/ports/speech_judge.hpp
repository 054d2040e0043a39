#pragma once

#include <memory>
#include <optional>

#include "audio/speech_evidence.hpp"
#include "base/interface.hpp"

namespace studio {

/// What a model found in the newest window that it judged.
struct SpeechVerdict {
    /// How likely its end is speech, 0 to 1.
    float probability = 0.0F;
    /// Windows judged since the last verdict, this one among them; at least 1.
    int windows = 1;
};

/// One call's place at a SpeechJudge: remembers what it heard, which is silence at first.
/// Destroying it drops what it has not judged.
class SpeechEar : public Interface {
public:
    /// The next 32 ms that are to be judged; copied.
    virtual void hear(audio::SpeechWindow window) = 0;
    /// The newest verdict, once.
    [[nodiscard]] virtual std::optional<SpeechVerdict> take_verdict() = 0;
};

/// A model that knows speech from other sounds, for all calls of one loop: they are judged side by
/// side, within a tick of 20 ms. One per loop, used on that loop only; it outlives its ears. Never
/// calls back.
class SpeechJudge : public Interface {
public:
    [[nodiscard]] virtual std::unique_ptr<SpeechEar> open() = 0;
};

}  // namespace studio
