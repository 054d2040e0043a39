#pragma once

#include <cstddef>
#include <string>

#include "adapters/webrtc/webrtc_options.hpp"

namespace studio::adapters {

struct LivekitOptions {
    /// The server: `ws://host:port` or `wss://…`, without a path.
    std::string url;
    /// Socket, codecs and jitter buffer of each call. Each has a UDP port of its own, because a
    /// server with one port for all tells connections apart by ours.
    WebrtcOptions webrtc = {
        .name = "livekit", .consent_timeout = milliseconds(15'000), .sources_max = 4};
    /// Rooms at once on this loop, those included that are being entered.
    std::size_t rooms_max = 400;
};

/// The topic of plain data packets that carry our events as JSON, both ways.
inline constexpr const char* events_topic = "agent-studio.events";

}  // namespace studio::adapters
