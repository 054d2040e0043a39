#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "adapters/sherpa/internal/model_folder.hpp"
#include "base/interface.hpp"
#include "base/result.hpp"

namespace studio::adapters::sherpa {

/// One utterance in a model that reads as audio comes. One thread at a time.
class ModelStream : public Interface {
public:
    /// The next samples at 16 kHz; computes.
    virtual void feed(std::span<const std::int16_t> samples) = 0;
    /// What is understood so far.
    [[nodiscard]] virtual std::string text() = 0;
    /// The whole text: nothing more comes. Computes. Afterwards the next utterance begins.
    [[nodiscard]] virtual std::string finish() = 0;
};

/// A loaded model. Any threads, at once; all functions compute, none throws.
class Model : public Interface {
public:
    [[nodiscard]] virtual ModelKind kind() const = 0;
    /// The text of a piece of audio at 16 kHz; empty where the model refuses it. For models that
    /// are not streaming.
    [[nodiscard]] virtual std::string decode(std::span<const std::int16_t> samples) const = 0;
    /// For streaming models; null otherwise.
    [[nodiscard]] virtual std::unique_ptr<ModelStream> open() const = 0;
};

/// Loads the model `folder` with the library in `library_folder`; seconds of computing.
/// `language` is a two-letter code, or empty: the model finds out. Each decode uses one thread: the
/// pool decides how many run at once.
[[nodiscard]] Result<std::shared_ptr<const Model>, std::string> load_model(
    const std::string& library_folder, const ModelFolder& folder, const std::string& language);

}  // namespace studio::adapters::sherpa
