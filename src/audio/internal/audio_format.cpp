#include "audio/internal/audio_format.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace studio::audio::internal {
namespace {

struct Magic {
    std::size_t offset;
    std::string_view bytes;
    AudioFormat format;
};

constexpr std::array<Magic, 12> magics{{
    {0, "RIFF", AudioFormat::wav},
    {0, "RF64", AudioFormat::wav},
    {0, "ID3", AudioFormat::mp3},
    {0, "OggS", AudioFormat::ogg},
    {0, "fLaC", AudioFormat::flac},
    {0, "FORM", AudioFormat::aiff},
    {0, ".snd", AudioFormat::au},
    {0, "\x1A\x45\xDF\xA3", AudioFormat::webm},
    {0, "#!AMR", AudioFormat::amr},
    {0, "caff", AudioFormat::caf},
    {4, "ftyp", AudioFormat::mp4},
    {0, "ADIF", AudioFormat::aac},
}};

/// Of an MPEG audio frame (ISO/IEC 11172-3 and 13818-3, layers II and III) with its header, by its
/// first three bytes; zero where they are none.
std::size_t mpeg_frame_bytes(ByteView head) {
    constexpr std::array<int, 15> first_layer_2{0,   32,  48,  56,  64,  80,  96, 112,
                                                128, 160, 192, 224, 256, 320, 384};
    constexpr std::array<int, 15> first_layer_3{0,   32,  40,  48,  56,  64,  80, 96,
                                                112, 128, 160, 192, 224, 256, 320};
    constexpr std::array<int, 15> second{0,  8,  16, 24,  32,  40,  48, 56,
                                         64, 80, 96, 112, 128, 144, 160};
    constexpr std::array<int, 3> rates{44'100, 48'000, 32'000};
    const unsigned version = (head[1] >> 3U) & 3U;  // 3: MPEG-1, 2: MPEG-2, 0: MPEG-2.5
    const unsigned layer = (head[1] >> 1U) & 3U;    // 1: III, 2: II
    const unsigned bitrate = head[2] >> 4U;
    const unsigned rate = (head[2] >> 2U) & 3U;
    if (version == 1 || (layer != 1 && layer != 2) || bitrate == 0 || bitrate == 15 || rate == 3) {
        return 0;
    }
    const bool is_first = version == 3;
    const int kilobits = !is_first    ? second[bitrate]
                         : layer == 1 ? first_layer_3[bitrate]
                                      : first_layer_2[bitrate];
    const int rate_hz = rates[rate] / (is_first ? 1 : version == 2 ? 2 : 4);
    const int factor = !is_first && layer == 1 ? 72'000 : 144'000;
    const unsigned padding = (head[2] >> 1U) & 1U;
    return static_cast<std::size_t>(factor * kilobits / rate_hz) + padding;
}

/// Of an AAC frame in ADTS (ISO/IEC 13818-7, section 6.2), by its first six bytes.
std::size_t adts_frame_bytes(ByteView head) {
    const std::size_t size =
        ((head[3] & 3U) << 11U) | static_cast<std::size_t>(head[4] << 3U) | (head[5] >> 5U);
    const unsigned rate = (head[2] >> 2U) & 15U;
    return rate > 12 || size < 9 ? 0 : size;
}

/// A sync word that is followed by another one where its frame ends. 0xFF 0xFB alone may be a
/// sample.
std::optional<AudioFormat> find_frames(ByteView begin, bool is_whole) {
    const auto undecided = is_whole ? std::optional(AudioFormat::raw) : std::nullopt;
    if (begin.size() < 6) {
        return undecided;
    }
    const bool is_adts = (begin[1] & 0xF6U) == 0xF0U;
    if ((begin[1] & 0xE0U) != 0xE0U) {
        return AudioFormat::raw;
    }
    const std::size_t size = is_adts ? adts_frame_bytes(begin) : mpeg_frame_bytes(begin);
    if (size == 0) {
        return AudioFormat::raw;
    }
    if (begin.size() < size + 2) {
        return undecided;
    }
    const bool follows = begin[size] == begin[0] && (begin[size + 1] & 0xFEU) == (begin[1] & 0xFEU);
    if (!follows) {
        return AudioFormat::raw;
    }
    return is_adts ? AudioFormat::aac : AudioFormat::mp3;
}

/// Text opens with one of its brackets and goes on in printable bytes.
std::optional<AudioFormat> find_text(std::string_view begin, bool is_whole) {
    constexpr std::size_t enough = 24;
    const auto is_print = [](char byte) {
        return (byte >= ' ' && byte <= '~') || byte == '\n' || byte == '\r' || byte == '\t';
    };
    const std::string_view head = begin.substr(0, enough);
    if (!std::all_of(head.begin(), head.end(), is_print)) {
        return AudioFormat::raw;
    }
    if (head.size() < enough && !is_whole) {
        return std::nullopt;
    }
    const std::size_t first = head.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos &&
                   std::string_view("{[<").find(head[first]) != std::string_view::npos
               ? AudioFormat::text
               : AudioFormat::raw;
}

}  // namespace

std::optional<AudioFormat> find_audio_format(ByteView begin, bool is_whole) {
    const std::string_view text = text_of(begin);
    bool may_be_magic = false;
    for (const Magic& magic : magics) {
        const std::string_view there =
            text.substr(std::min(magic.offset, text.size()), magic.bytes.size());
        if (there == magic.bytes) {
            return magic.format;
        }
        may_be_magic = may_be_magic || magic.bytes.starts_with(there);
    }
    if (may_be_magic && !is_whole) {
        return std::nullopt;
    }
    if (text.empty()) {
        return AudioFormat::raw;
    }
    return begin[0] == 0xFF ? find_frames(begin, is_whole) : find_text(text, is_whole);
}

const char* name_of(AudioFormat format) {
    switch (format) {
        case AudioFormat::raw:
            return "PCM";
        case AudioFormat::wav:
            return "WAV";
        case AudioFormat::mp3:
            return "MP3";
        case AudioFormat::aac:
            return "AAC";
        case AudioFormat::ogg:
            return "Ogg";
        case AudioFormat::flac:
            return "FLAC";
        case AudioFormat::aiff:
            return "AIFF";
        case AudioFormat::au:
            return "AU";
        case AudioFormat::webm:
            return "WebM";
        case AudioFormat::mp4:
            return "MP4";
        case AudioFormat::amr:
            return "AMR";
        case AudioFormat::caf:
            return "CAF";
        case AudioFormat::text:
            return "text (JSON or HTML)";
    }
    return "unknown";
}

}  // namespace studio::audio::internal
