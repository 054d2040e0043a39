#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace studio::adapters::sherpa {

/// The families of models that are recognised by their files.
enum class ModelKind : std::uint8_t {
    moonshine_merged,
    moonshine,
    transducer,
    streaming_transducer,
    streaming_paraformer,
    paraformer,
    sense_voice,
    whisper,
};

/// The kind's name in logs and documents.
[[nodiscard]] std::string_view name_of(ModelKind kind);
/// Whether it reads audio as it comes; the others read whole pieces.
[[nodiscard]] bool is_streaming(ModelKind kind);
/// Whether the language can be chosen.
[[nodiscard]] bool takes_language(ModelKind kind);

/// The parts of a model by what they are: encoder, decoder, joiner, model, preprocessor, cached,
/// tokens. Full paths.
struct ModelFolder {
    ModelKind kind{};
    std::map<std::string, std::string, std::less<>> files;

    /// Empty where the model has no such part.
    [[nodiscard]] std::string file(std::string_view part) const;
};

/// Whether `name` may name a folder among the operator's models: letters, digits and `._-`, not
/// starting with a dot, 1 to 100 bytes. It is what tenants write, so it is no path.
[[nodiscard]] bool is_folder_name(std::string_view name);

/// Finds out what the folder `path` holds. The error says what is missing, without the path.
/// The library ends the process on some files that it does not understand, so they are looked at
/// before: each part is an ONNX or ORT file that is whole at its outermost level, with the metadata
/// that its kind wants, and the tokens are as they must be. Reads files; not on a loop.
[[nodiscard]] Result<ModelFolder, std::string> inspect_model(const std::string& path);

}  // namespace studio::adapters::sherpa
