#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "audio/jitter_buffer.hpp"
#include "audio/opus_codec.hpp"
#include "base/time.hpp"
#include "protocol/sdp/audio_codec.hpp"

namespace studio::adapters {

/// What both roles of a WebRTC call have in common.
struct WebrtcOptions {
    /// Labels the metrics of the socket.
    std::string name = "webrtc";
    /// The numeric address of the UDP socket. `::` takes both families where the machine has IPv6.
    std::string bind_address = "0.0.0.0";
    /// 0 lets the kernel choose.
    std::uint16_t port = 0;
    /// Numeric addresses under which others reach the socket, for machines behind a translation of
    /// addresses (cloud, container). Empty: the bound address, or all of the machine's.
    std::vector<std::string> advertised_addresses{};
    /// What may be spoken, best first.
    std::vector<sdp::AudioCodec> codecs = {sdp::AudioCodec::opus, sdp::AudioCodec::pcmu,
                                           sdp::AudioCodec::pcma};
    /// From offer to connection; later is MediaClosed{never_connected}.
    milliseconds connect_timeout{20'000};
    /// Without a sign of life for so long it is MediaClosed{connection_lost} (RFC 7675: 30 s).
    milliseconds consent_timeout{30'000};
    /// Without any datagram for so long the other side counts as away (MediaCallerAway) until the
    /// next. Who is silent still checks its consent every 2.5 s (RFC 7675, section 5.1, from which
    /// peers vary by a fifth), and one of these may be lost.
    milliseconds away_after{6'500};
    /// People that are heard at once, mixed, each with a decoder of its own (some 50 KB). With 1
    /// whoever speaks on after the other has fallen silent is heard.
    std::size_t sources_max = 1;
    audio::OpusEncoderOptions opus{};
    audio::JitterBufferOptions jitter_buffer{};
};

/// The label of the data channel that carries our events.
inline constexpr const char* events_channel = "events";

}  // namespace studio::adapters
