#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

namespace studio::audio::internal {

/// What a stream of audio turns out to be.
enum class AudioFormat : std::uint8_t {
    /// None of the others: samples without a header.
    raw,
    wav,
    mp3,
    aac,
    ogg,
    flac,
    aiff,
    au,
    webm,
    mp4,
    amr,
    caf,
    /// JSON, HTML or XML.
    text,
};

/// Judges a stream by its first bytes; nothing where it takes more of them (a few, but for MP3 and
/// AAC one frame of up to 8 KB, since their sync word alone may be a sample). `is_whole`: no more
/// will come, so that there is always an answer.
[[nodiscard]] std::optional<AudioFormat> find_audio_format(ByteView begin, bool is_whole);

/// The format in words: "MP3".
[[nodiscard]] const char* name_of(AudioFormat format);

}  // namespace studio::audio::internal
