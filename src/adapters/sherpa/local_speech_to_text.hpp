#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "adapters/sherpa/speech_models.hpp"
#include "base/time.hpp"
#include "ports/speech_to_text.hpp"
#include "runtime/blocking_pool.hpp"
#include "runtime/loop.hpp"

namespace studio::adapters {

struct LocalSpeechOptions {
    /// Streams at a time over the whole process; more are refused as rate_limited. Half of the
    /// callers talk at a time, and who talks takes a quarter of a core at most.
    std::size_t streams_max = 8;
    /// Audio of one stream that waits to be decoded; what comes beyond it is dropped and counted.
    seconds backlog_max{30};
    /// New audio between two partial transcripts, at the least; see UtteranceOptions.
    milliseconds partial_interval{400};
};

/// Speech recognition inside the process by a neural network, without a network connection: any
/// model that sherpa-onnx knows, Moonshine (English) unless the agent names another. Audio is
/// decoded on the blocking pool, each stream in its order. The model is loaded once a process.
///
/// What an agent may say in `stt.options`:
///   model_dir   the name of a folder among the operator's speech models (docs/local-speech.md).
///               No path: tenants do not choose files.
///   phrases     as of PocketSphinx, for where it listens in place of a model.
///   grammar     as of PocketSphinx, which then listens: it alone can keep to one.
/// Where the default model is not installed, `spare` listens in its place.
///
/// Metrics, with provider="local": studio_stt_dropped_frames_total, studio_stt_streams,
/// studio_stt_refused_streams_total.
class LocalSpeechToText final : public SpeechToText {
public:
    /// `loop`, `pool` and `spare` outlive this object and its streams; the pool is stopped before
    /// the loop goes.
    LocalSpeechToText(runtime::Loop& loop, runtime::BlockingPool& pool,
                      std::shared_ptr<SpeechModels> models, SpeechToText& spare,
                      LocalSpeechOptions options = {});
    ~LocalSpeechToText() override;

    [[nodiscard]] std::vector<OptionError> validate(
        const SpeechToTextOptions& options) const override;
    [[nodiscard]] std::unique_ptr<SpeechStream> open(const SpeechToTextOptions& options,
                                                     SpeechListener& listener) override;

    /// Loads the default model, so that the first call does not wait for it.
    void preload();

private:
    struct Shared;
    class Stream;

    [[nodiscard]] bool is_for_spare(const SpeechToTextOptions& options) const;

    std::shared_ptr<Shared> shared_;
    SpeechToText& spare_;
};

}  // namespace studio::adapters
