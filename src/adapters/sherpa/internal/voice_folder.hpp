#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adapters/sherpa/internal/onnx_file.hpp"
#include "adapters/sherpa/internal/voice_phonemes.hpp"
#include "base/result.hpp"

namespace studio::adapters::sherpa {

// The files of a voice of Piper's: what it was made with, the network, and its phonemes.
inline constexpr const char* voice_config_file = "model.onnx.json";
inline constexpr const char* voice_model_file = "model.onnx";
inline constexpr const char* voice_tokens_file = "tokens.txt";

/// A voice of Piper's in a folder of its own, which also names it.
struct VoiceFolder {
    std::string name;
    std::string path;
    /// As agents write it: `en-US`.
    std::string language;
    /// What eSpeak NG calls the phonemes that it was taught: `en-us`.
    std::string phoneme_voice;
    /// 8'000 to 48'000.
    int rate_hz = 22'050;
    // How freely it speaks, how freely it takes its time, and how slowly: Piper's names.
    float noise_scale = 0.667F;
    float noise_w = 0.8F;
    float length_scale = 1.0F;
    PhonemeSet phonemes;
};

/// Whether a text may be the name of a voice's folder: 1 to 64 letters, digits, `-`, `_` and `.`,
/// the first a letter or digit. So it is never a path, nor `..`.
[[nodiscard]] bool is_voice_name(std::string_view name);

/// Reads what Piper says about a voice (`MODEL.onnx.json`) into `voice`; any bytes. The error says
/// what is wrong with it.
[[nodiscard]] Result<bool, std::string> parse_voice_config(std::string_view text,
                                                           VoiceFolder& voice);

/// Whether a network says of itself what the library wants to know of a voice of Piper's, and the
/// same as its description: the library ends the process where it finds nothing. The error says
/// what is missing.
[[nodiscard]] Result<bool, std::string> check_voice_model(const OnnxMetadata& metadata,
                                                          const VoiceFolder& voice);

/// Reads the voice in `folder/name`; of its network only what it says of itself.
[[nodiscard]] Result<VoiceFolder, std::string> read_voice_folder(const std::string& folder,
                                                                 const std::string& name);

/// Every voice below `folder`, by name; other folders are passed over, and a voice that cannot be
/// used is a line in the log. At most 64. Reads files: at start-up.
[[nodiscard]] std::vector<VoiceFolder> find_voices(const std::string& folder);

}  // namespace studio::adapters::sherpa
