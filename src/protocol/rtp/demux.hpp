#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace studio::rtp {

/// What shares one UDP port in WebRTC.
enum class DatagramKind : std::uint8_t { stun, dtls, rtp, rtcp, unknown };

/// Tells by the first byte (RFC 7983, section 7) and, for RTP against RTCP, by the second (RFC
/// 5761, section 4: payload types 64 to 95 with the marker bit are RTCP). Looks at nothing else:
/// whoever gets the datagram still parses it as hostile.
[[nodiscard]] DatagramKind classify(ByteView datagram);

}  // namespace studio::rtp
