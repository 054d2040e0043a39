#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace studio::audio {

/// A recording: interleaved 16-bit PCM.
struct Recording {
    int rate_hz = 16'000;
    int channels = 1;
    std::vector<std::int16_t> samples;
};

enum class WavError : std::uint8_t {
    /// Not a RIFF/WAVE file, or cut within its headers.
    malformed,
    /// A WAVE file of another kind than 16-bit PCM, 1 to 8 channels, 4 to 192 kHz.
    unsupported,
    /// Longer than wav_samples_max.
    too_long,
};

/// An hour of 16 kHz mono: 115 MB.
inline constexpr std::size_t wav_samples_max = 57'600'000;

/// Reads a WAVE file (RIFF, little-endian, WAVE_FORMAT_PCM or _EXTENSIBLE with PCM). A data chunk
/// whose size says more than there is, as programs that write to pipes leave it, ends with the
/// file.
[[nodiscard]] Result<Recording, WavError> parse_wav(ByteView bytes);

/// Writes a WAVE file. Precondition: at most wav_samples_max samples.
[[nodiscard]] Bytes serialize_wav(const Recording& recording);

/// The recording as the product hears it: channels averaged, 16 kHz.
[[nodiscard]] std::vector<std::int16_t> to_voice(const Recording& recording);

/// The error in words for whoever gave the file.
[[nodiscard]] const char* describe(WavError error);

}  // namespace studio::audio
