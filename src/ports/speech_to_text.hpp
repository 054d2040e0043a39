#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "audio/frame.hpp"
#include "base/interface.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "ports/provider_error.hpp"

namespace studio {

struct SpeechToTextOptions {
    /// BCP 47 code, or `multi` where the provider detects it.
    std::string language = "en";
    std::string model;
    /// Whether partial transcripts are wanted.
    bool interim_results = true;
    /// The agent's `stt.options`, which only the provider understands.
    Json options;
};

/// What is understood so far of the utterance; replaces the previous partial.
struct PartialTranscript {
    std::uint32_t utterance = 0;
    std::string text;
};

/// The whole text of one utterance, empty where nothing was understood. Exactly one for each
/// `finish_utterance`, unless SpeakerDone has told it, or the stream fails first.
struct FinalTranscript {
    std::uint32_t utterance = 0;
    std::string text;
    /// 0..1; 1 where the provider does not say.
    double confidence = 1.0;
};

// What a recogniser says that judges itself whether the speaker has finished. Each text is all that
// is understood of the utterance, over all of the turns that it finds in it. Events of an utterance
// come in order; a recogniser that does not judge sends none of them.

/// This stream judges turns. Once, before anything else is said of an utterance: until then, and
/// whenever the stream has failed, the session judges by the silence.
struct TurnsJudged {};
/// Somebody began to say something.
struct SpeakerStarted {
    std::uint32_t utterance = 0;
};
/// The speaker seems to have finished; SpeakerResumed or SpeakerDone follows, or more of a
/// transcript.
struct SpeakerMayBeDone {
    std::uint32_t utterance = 0;
    std::string text;
    /// 0..1; 1 where the provider does not say.
    double confidence = 1.0;
};
/// They go on after all.
struct SpeakerResumed {
    std::uint32_t utterance = 0;
};
/// The speaker has finished. Where nothing more is said in the utterance, it stands for the final
/// transcript, and another one need not come.
struct SpeakerDone {
    std::uint32_t utterance = 0;
    std::string text;
    double confidence = 1.0;
};

/// The stream is over; no further event comes. Open another to go on.
struct SpeechFailed {
    ProviderError error;
};

using SpeechEvent = std::variant<PartialTranscript, FinalTranscript, SpeechFailed, TurnsJudged,
                                 SpeakerStarted, SpeakerMayBeDone, SpeakerResumed, SpeakerDone>;

/// Who reads what was recognised, as it comes.
class SpeechListener : public Interface {
public:
    /// On the stream's loop, never from inside a call to the stream.
    virtual void on_speech(const SpeechEvent& event) = 0;
};

/// The recogniser of one call. The session writes audio only around speech: from a little before it
/// starts until the end of the turn. Destroying the stream closes it; no event comes afterwards.
class SpeechStream : public Interface {
public:
    /// The next 20 ms of utterance `utterance`; numbers only grow.
    virtual void write(std::uint32_t utterance, const audio::Frame& frame) = 0;
    /// No more audio for this utterance: the final transcript is wanted as soon as possible.
    virtual void finish_utterance(std::uint32_t utterance) = 0;
};

/// A speech recogniser. One object per loop, used on that loop only; it outlives its streams.
class SpeechToText : public Interface {
public:
    /// Checks `options` when an agent is written; empty where all is well.
    [[nodiscard]] virtual std::vector<OptionError> validate(
        const SpeechToTextOptions& options) const = 0;

    /// Never blocks, never fails: trouble arrives as SpeechFailed. `listener` outlives the stream.
    [[nodiscard]] virtual std::unique_ptr<SpeechStream> open(const SpeechToTextOptions& options,
                                                             SpeechListener& listener) = 0;
};

}  // namespace studio
