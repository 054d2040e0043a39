#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace studio::rtp {

/// Why bytes are not an RTP packet that we take. All of them mean: drop it, count it.
enum class PacketError : std::uint8_t {
    /// Ends before its own header, CSRC list or extension does.
    truncated,
    /// The version field is not 2.
    wrong_version,
    /// The padding count is zero or reaches into the header.
    bad_padding,
};

/// One RTP packet, taken apart (RFC 3550, section 5.1). The views point into the bytes parsed.
struct Packet {
    bool marker = false;
    /// 0..127.
    std::uint8_t payload_type = 0;
    std::uint16_t sequence = 0;
    std::uint32_t timestamp = 0;
    std::uint32_t ssrc = 0;
    /// Contributing sources, four bytes each, at most fifteen.
    ByteView csrcs;
    /// The 16 bits that say what the extension is (RFC 8285: 0xBEDE), zero where there is none.
    std::uint16_t extension_profile = 0;
    /// The extension without its four-byte header; empty where there is none.
    ByteView extension;
    /// Without padding. May be empty.
    ByteView payload;
    /// Padding bytes at the end, their count byte included.
    std::uint8_t padding = 0;
};

/// Takes hostile bytes of any length apart. Pure.
[[nodiscard]] Result<Packet, PacketError> parse_packet(ByteView bytes);

/// What a packet of ours carries in its header: no CSRC, no extension, no padding.
struct PacketHeader {
    bool marker = false;
    std::uint8_t payload_type = 0;
    std::uint16_t sequence = 0;
    std::uint32_t timestamp = 0;
    std::uint32_t ssrc = 0;
};

inline constexpr std::size_t packet_header_bytes = 12;

/// Writes the twelve header bytes to the start of `target`; the payload follows at offset 12.
void write_header(const PacketHeader& header, std::span<std::uint8_t, packet_header_bytes> target);

}  // namespace studio::rtp
