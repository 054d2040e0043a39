#pragma once

#include <cstdint>

namespace studio::sdp {

/// The audio formats that we send and receive.
enum class AudioCodec : std::uint8_t {
    /// RFC 7587; RTP clock 48 kHz whatever the audio's bandwidth.
    opus,
    /// G.711 mu-law at 8 kHz, static payload type 0 (RFC 3551).
    pcmu,
    /// G.711 A-law at 8 kHz, static payload type 8 (RFC 3551).
    pcma,
};

/// Ticks of the RTP timestamp a second.
[[nodiscard]] constexpr std::uint32_t clock_rate_hz(AudioCodec codec) {
    return codec == AudioCodec::opus ? 48'000 : 8'000;
}

/// The encoding name in `a=rtpmap`.
[[nodiscard]] constexpr const char* encoding_name(AudioCodec codec) {
    switch (codec) {
        case AudioCodec::opus:
            return "opus";
        case AudioCodec::pcmu:
            return "PCMU";
        case AudioCodec::pcma:
            return "PCMA";
    }
    return "";
}

}  // namespace studio::sdp
