#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "adapters/sherpa/internal/model.hpp"
#include "adapters/sherpa/internal/utterance.hpp"
#include "adapters/sherpa/speech_models.hpp"
#include "base/interface.hpp"
#include "base/metric.hpp"
#include "ports/speech_to_text.hpp"
#include "runtime/blocking_pool.hpp"
#include "runtime/loop.hpp"

namespace studio::adapters::sherpa {

/// What one stream's audio goes through, once its model is there. On the loop only.
class Ear : public Interface {
public:
    virtual void write(std::uint32_t utterance, const audio::Frame& frame) = 0;
    virtual void finish(std::uint32_t utterance) = 0;
};

/// What an ear works with; all outlive it but the model, which it shares.
struct EarParts {
    runtime::Loop& loop;
    runtime::BlockingPool& pool;
    std::shared_ptr<SpeechModels> models;
    std::shared_ptr<const Model> model;
    Counter& dropped;
    UtteranceOptions options;
    /// Hands an event to the stream's listener, from a turn of the loop of its own.
    std::function<void(SpeechEvent)> emit;
};

/// For models that read whole pieces: Utterance says which and when.
[[nodiscard]] std::shared_ptr<Ear> make_piece_ear(EarParts parts);
/// For streaming models: 100 ms at a time.
[[nodiscard]] std::shared_ptr<Ear> make_flow_ear(EarParts parts);

}  // namespace studio::adapters::sherpa
