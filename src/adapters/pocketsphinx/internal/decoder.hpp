#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "adapters/pocketsphinx/internal/vocabulary.hpp"
#include "adapters/pocketsphinx/pocketsphinx_speech_to_text.hpp"
#include "base/result.hpp"

namespace studio::adapters::pocketsphinx {

struct Recognised {
    std::string text;
    /// The posterior probability of the best path, as a geometric mean over its words, 0..1.
    double confidence = 0.0;
};

/// Gives the system what decoders have freed. They are made of small blocks, of which the heap
/// keeps tens of megabytes after each change of hints and each decoder's end, more with every
/// thread that did it. Takes some 10 ms and holds up allocations of other threads for parts of
/// them: on the blocking pool.
void give_memory_back();

/// One ps_decoder_t. Everything blocks: on the blocking pool only, by one thread at a time. Errors
/// are sentences for operators.
class Decoder {
public:
    [[nodiscard]] static Result<std::unique_ptr<Decoder>, std::string> load(
        const PocketsphinxOptions& options);
    ~Decoder();

    /// Makes it the decoder of a new caller: forgets the last one's voice and takes the hints.
    [[nodiscard]] Result<void, std::string> prepare(const Hints& hints);
    [[nodiscard]] const Hints& hints() const { return hints_; }

    void start_utterance();
    void process(std::span<const std::int16_t> samples);
    /// What is understood so far.
    [[nodiscard]] std::string text() const;
    [[nodiscard]] Recognised finish_utterance();

private:
    struct Implementation;
    explicit Decoder(std::unique_ptr<Implementation> implementation);

    [[nodiscard]] bool use_phrases(const Hints& hints);

    std::unique_ptr<Implementation> implementation_;
    Hints hints_;
    bool in_utterance_ = false;
};

}  // namespace studio::adapters::pocketsphinx
