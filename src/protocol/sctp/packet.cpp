#include <algorithm>
#include <array>
#include <utility>

#include "protocol/sctp/internal/packet.hpp"

namespace studio::sctp {
namespace {

constexpr std::size_t checksum_offset = 8;

constexpr std::array<std::uint32_t, 256> make_crc_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t index = 0; index < 256; ++index) {
        std::uint32_t value = index;
        for (int bit = 0; bit < 8; ++bit) {
            // The Castagnoli polynomial, bits reversed.
            value = (value & 1U) != 0 ? (value >> 1U) ^ 0x82F63B78U : value >> 1U;
        }
        table[index] = value;
    }
    return table;
}
constexpr auto crc_table = make_crc_table();

std::size_t padded(std::size_t size) {
    return (size + 3) / 4 * 4;
}

}  // namespace

std::uint32_t packet_checksum(ByteView packet) {
    std::uint32_t crc = 0xFFFFFFFFU;
    for (std::size_t index = 0; index < packet.size(); ++index) {
        const bool in_field = index >= checksum_offset && index < checksum_offset + 4;
        const std::uint8_t byte = in_field ? std::uint8_t{0} : packet[index];
        crc = crc_table[(crc ^ byte) & 0xFFU] ^ (crc >> 8U);
    }
    return ~crc;
}

std::optional<CommonHeader> parse_common_header(ByteView packet) {
    ByteReader reader(packet);
    CommonHeader header;
    header.source_port = reader.u16();
    header.target_port = reader.u16();
    header.tag = reader.u32();
    // The checksum travels in little-endian order (RFC 9260, appendix A).
    std::uint32_t checksum = 0;
    for (unsigned index = 0; index < 4; ++index) {
        checksum |= std::uint32_t{reader.u8()} << (8 * index);
    }
    if (!reader.ok() || checksum != packet_checksum(packet)) {
        return std::nullopt;
    }
    return header;
}

std::optional<Chunk> take_chunk(ByteReader& rest) {
    Chunk chunk;
    chunk.type = static_cast<ChunkType>(rest.u8());
    chunk.flags = rest.u8();
    const std::size_t length = rest.u16();
    if (!rest.ok() || length < chunk_header_bytes) {
        return std::nullopt;
    }
    chunk.value = rest.bytes(length - chunk_header_bytes);
    if (!rest.ok()) {
        return std::nullopt;
    }
    // The padding of the last chunk may be missing.
    rest.skip(std::min(padded(length) - length, rest.remaining()));
    return chunk;
}

std::optional<Parameter> take_parameter(ByteReader& rest) {
    Parameter parameter;
    parameter.type = rest.u16();
    const std::size_t length = rest.u16();
    if (!rest.ok() || length < 4) {
        return std::nullopt;
    }
    parameter.value = rest.bytes(length - 4);
    if (!rest.ok()) {
        return std::nullopt;
    }
    rest.skip(std::min(padded(length) - length, rest.remaining()));
    return parameter;
}

PacketWriter::PacketWriter(const CommonHeader& header) {
    ByteWriter writer(bytes_);
    writer.u16(header.source_port);
    writer.u16(header.target_port);
    writer.u32(header.tag);
    writer.u32(0);
}

void PacketWriter::chunk(ChunkType type, std::uint8_t flags, ByteView value) {
    ByteWriter writer(bytes_);
    writer.u8(static_cast<std::uint8_t>(type));
    writer.u8(flags);
    writer.u16(static_cast<std::uint16_t>(chunk_header_bytes + value.size()));
    writer.bytes(value);
    writer.zeros(padded(value.size()) - value.size());
}

void PacketWriter::data(std::uint8_t flags, ByteView header, ByteView payload) {
    ByteWriter writer(bytes_);
    writer.u8(static_cast<std::uint8_t>(ChunkType::data));
    writer.u8(flags);
    writer.u16(static_cast<std::uint16_t>(chunk_header_bytes + header.size() + payload.size()));
    writer.bytes(header);
    writer.bytes(payload);
    writer.zeros(padded(payload.size()) - payload.size());
}

Bytes PacketWriter::finish() {
    const std::uint32_t checksum = packet_checksum(bytes_);
    for (unsigned index = 0; index < 4; ++index) {
        bytes_[checksum_offset + index] = static_cast<std::uint8_t>(checksum >> (8 * index));
    }
    return std::move(bytes_);
}

}  // namespace studio::sctp
