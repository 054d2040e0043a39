#include "protocol/rtp/packet.hpp"

namespace studio::rtp {

Result<Packet, PacketError> parse_packet(ByteView bytes) {
    ByteReader reader(bytes);
    const std::uint8_t first = reader.u8();
    const std::uint8_t second = reader.u8();
    Packet packet;
    packet.sequence = reader.u16();
    packet.timestamp = reader.u32();
    packet.ssrc = reader.u32();
    if (!reader.ok()) {
        return fail(PacketError::truncated);
    }
    if (first >> 6U != 2) {
        return fail(PacketError::wrong_version);
    }
    packet.marker = (second & 0x80U) != 0;
    packet.payload_type = second & 0x7FU;
    packet.csrcs = reader.bytes((first & 0x0FU) * std::size_t{4});
    if ((first & 0x10U) != 0) {
        packet.extension_profile = reader.u16();
        const std::size_t words = reader.u16();
        packet.extension = reader.bytes(words * 4);
    }
    if (!reader.ok()) {
        return fail(PacketError::truncated);
    }
    packet.payload = reader.rest();
    if ((first & 0x20U) != 0) {
        packet.padding = packet.payload.empty() ? std::uint8_t{0} : packet.payload.back();
        if (packet.padding == 0 || packet.padding > packet.payload.size()) {
            return fail(PacketError::bad_padding);
        }
        packet.payload = packet.payload.first(packet.payload.size() - packet.padding);
    }
    return packet;
}

void write_header(const PacketHeader& header, std::span<std::uint8_t, packet_header_bytes> target) {
    target[0] = 0x80;
    target[1] =
        static_cast<std::uint8_t>((header.marker ? 0x80U : 0U) | (header.payload_type & 0x7FU));
    for (unsigned index = 0; index < 2; ++index) {
        target[2 + index] = static_cast<std::uint8_t>(header.sequence >> (8 - 8 * index));
    }
    for (unsigned index = 0; index < 4; ++index) {
        target[4 + index] = static_cast<std::uint8_t>(header.timestamp >> (24 - 8 * index));
        target[8 + index] = static_cast<std::uint8_t>(header.ssrc >> (24 - 8 * index));
    }
}

}  // namespace studio::rtp
