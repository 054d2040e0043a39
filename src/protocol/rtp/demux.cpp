#include "protocol/rtp/demux.hpp"

namespace studio::rtp {

DatagramKind classify(ByteView datagram) {
    if (datagram.size() < 2) {
        return DatagramKind::unknown;
    }
    const std::uint8_t first = datagram[0];
    if (first <= 3) {
        return DatagramKind::stun;
    }
    if (first >= 20 && first <= 63) {
        return DatagramKind::dtls;
    }
    if (first >= 128 && first <= 191) {
        const bool rtcp = datagram[1] >= 192 && datagram[1] <= 223;
        return rtcp ? DatagramKind::rtcp : DatagramKind::rtp;
    }
    return DatagramKind::unknown;
}

}  // namespace studio::rtp
