#include <algorithm>

#include "base/check.hpp"
#include "protocol/sctp/data_channels.hpp"
#include "protocol/sctp/internal/packet.hpp"

namespace {

using namespace studio;

/// Passes packets both ways until neither has more.
void settle(sctp::DataChannels& a, sctp::DataChannels& b, Instant now, Bytes& last_to_b) {
    for (bool busy = true; busy;) {
        busy = false;
        while (auto packet = a.poll_packet()) {
            last_to_b = *packet;
            b.handle_packet(*packet, now);
            busy = true;
        }
        while (auto packet = b.poll_packet()) {
            a.handle_packet(*packet, now);
            busy = true;
        }
    }
}

}  // namespace

/// Chunks into an established association: each input is a list of packets, two length bytes each,
/// which get the right ports, tag and checksum, and first TSN bytes that are near the expected ones
/// as the entropy is seeded.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    SeededEntropy entropy(1);
    sctp::DataChannelsOptions options;
    sctp::DataChannels peer(options, entropy);
    options.dtls_client = false;
    sctp::DataChannels target(options, entropy);
    Instant now{seconds(1)};
    Bytes to_target;
    peer.start(now);
    const auto channel = peer.open("a", "", sctp::Order::ordered, now);
    settle(peer, target, now, to_target);
    STUDIO_CHECK(channel && peer.send(*channel, sctp::MessageKind::text, bytes_of("x"), now),
                 "established");
    settle(peer, target, now, to_target);
    const auto header = sctp::parse_common_header(to_target);
    STUDIO_CHECK(header.has_value(), "the peer's packets are well formed");
    static_cast<void>(target.send(0, sctp::MessageKind::binary, Bytes(5000), now));
    ByteReader reader({data, size});
    while (reader.remaining() > 2) {
        const std::size_t length = reader.u16() % 1200;
        const ByteView chunks = reader.bytes(std::min(length, reader.remaining()));
        Bytes packet = sctp::PacketWriter(*header).finish();
        packet.insert(packet.end(), chunks.begin(), chunks.end());
        const std::uint32_t checksum = sctp::packet_checksum(packet);
        for (unsigned index = 0; index < 4; ++index) {
            packet[8 + index] = static_cast<std::uint8_t>(checksum >> (8 * index));
        }
        target.handle_packet(packet, now);
        now += milliseconds(300);
        target.handle_timeout(now);
        while (target.poll_packet()) {
        }
        while (target.poll_event()) {
        }
    }
    return 0;
}
