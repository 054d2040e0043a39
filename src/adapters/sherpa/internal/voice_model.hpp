#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "adapters/sherpa/internal/voice_folder.hpp"
#include "base/interface.hpp"
#include "base/result.hpp"

namespace studio::adapters::sherpa {

/// The network of a voice, loaded. Any thread, several at once.
class VoiceModel : public Interface {
public:
    /// Speaks phonemes, as code points of those that the voice knows, at its own rate, -1 to 1.
    /// `speed`: 1 as it was made. Computes for a fifth of the audio's length. The error is one line
    /// for operators.
    [[nodiscard]] virtual Result<std::vector<float>, std::string> speak(
        std::span<const std::int32_t> phonemes, float speed) = 0;
};

using OpenedVoice = Result<std::unique_ptr<VoiceModel>, std::string>;
/// Loads the network of a voice: 60 MB and a second or two of computing.
using OpenVoice = std::function<OpenedVoice(const VoiceFolder&)>;

/// With the library in `library_folder`, which is loaded with the first voice.
[[nodiscard]] OpenVoice open_with_sherpa(std::string library_folder);

}  // namespace studio::adapters::sherpa
