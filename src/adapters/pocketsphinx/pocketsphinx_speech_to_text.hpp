#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "ports/speech_to_text.hpp"
#include "runtime/blocking_pool.hpp"
#include "runtime/loop.hpp"

namespace studio::adapters {

struct PocketsphinxOptions {
    /// Acoustic model folder, language model and dictionary (Debian: pocketsphinx-en-us).
    std::string acoustic_model = "/usr/share/pocketsphinx/model/en-us/en-us";
    std::string language_model = "/usr/share/pocketsphinx/model/en-us/en-us.lm.bin";
    std::string dictionary = "/usr/share/pocketsphinx/model/en-us/cmudict-en-us.dict";
    /// Decoders that are kept for the next calls. Each takes about 100 MB and a
    /// third of a second of computing.
    std::size_t decoders_kept = 1;
    /// Whether those are loaded at once, and not when the first stream needs one.
    bool preload = true;
    /// Streams at a time, each with a decoder. One core keeps up with about 4 talking callers.
    std::size_t decoders_max = 8;
    /// Audio of one stream that waits for its decoder; what comes beyond it is dropped and counted.
    seconds backlog_max{30};
    /// How much new audio comes between two partial transcripts.
    milliseconds partial_interval{200};
};

/// Speech recognition inside the process, for English, without a network: CMU PocketSphinx. Audio
/// is decoded on the blocking pool, each stream in its order; the loop only hands it over.
///
/// What an agent may say in `stt.options`:
///   phrases   up to 200 texts that callers are likely to say. A bigram model of them is mixed half
///             and half with the general model, so that anything else is still understood.
///   grammar   a JSGF grammar (JSpeech Grammar Format 1.0, no imports) with a public rule. Nothing
///             but its sentences is understood. Not together with phrases.
/// A word that the dictionary does not know cannot be recognised and is an error.
///
/// Metric: studio_stt_dropped_frames_total{provider="pocketsphinx"}.
class PocketsphinxSpeechToText final : public SpeechToText {
public:
    /// Reads the dictionary and starts loading `decoders_kept` decoders (`preload`). Never fails: a
    /// wrong path shows as SpeechFailed of every stream, and in the log. `pool` and `loop` outlive
    /// this object and its streams; the pool is stopped before the loop goes.
    PocketsphinxSpeechToText(runtime::Loop& loop, runtime::BlockingPool& pool,
                             PocketsphinxOptions options = {});
    ~PocketsphinxSpeechToText() override;

    [[nodiscard]] std::vector<OptionError> validate(
        const SpeechToTextOptions& options) const override;
    [[nodiscard]] std::unique_ptr<SpeechStream> open(const SpeechToTextOptions& options,
                                                     SpeechListener& listener) override;

private:
    struct Shared;
    class Stream;

    std::shared_ptr<Shared> shared_;
};

}  // namespace studio::adapters
