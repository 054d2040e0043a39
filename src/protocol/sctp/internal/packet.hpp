#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

namespace studio::sctp {

/// RFC 9260, section 3.2, and RFC 3758 (forward_tsn).
enum class ChunkType : std::uint8_t {
    data = 0,
    init = 1,
    init_ack = 2,
    sack = 3,
    heartbeat = 4,
    heartbeat_ack = 5,
    abort = 6,
    shutdown = 7,
    shutdown_ack = 8,
    error = 9,
    cookie_echo = 10,
    cookie_ack = 11,
    shutdown_complete = 14,
    forward_tsn = 192,
};

inline constexpr std::size_t common_header_bytes = 12;
inline constexpr std::size_t chunk_header_bytes = 4;
/// Chunk header, TSN, stream, sequence, payload protocol.
inline constexpr std::size_t data_header_bytes = 16;

/// RFC 9260, appendix A (CRC32c, Castagnoli), with the checksum field taken as zero.
[[nodiscard]] std::uint32_t packet_checksum(ByteView packet);

/// Ports and tag of a packet whose checksum is right; nothing otherwise.
struct CommonHeader {
    std::uint16_t source_port = 0;
    std::uint16_t target_port = 0;
    std::uint32_t tag = 0;
};
[[nodiscard]] std::optional<CommonHeader> parse_common_header(ByteView packet);

/// One chunk or parameter: both are type, length, value, padded to four bytes.
struct Chunk {
    ChunkType type = ChunkType::data;
    std::uint8_t flags = 0;
    ByteView value;
};
/// Takes the next chunk off `rest`; nothing at the end or where the length is wrong.
[[nodiscard]] std::optional<Chunk> take_chunk(ByteReader& rest);

struct Parameter {
    std::uint16_t type = 0;
    ByteView value;
};
[[nodiscard]] std::optional<Parameter> take_parameter(ByteReader& rest);

/// Builds one packet.
class PacketWriter {
public:
    explicit PacketWriter(const CommonHeader& header);

    void chunk(ChunkType type, std::uint8_t flags, ByteView value);
    /// Header of a DATA chunk, followed by its payload, without a copy in between.
    void data(std::uint8_t flags, ByteView header, ByteView payload);
    [[nodiscard]] std::size_t size() const { return bytes_.size(); }
    [[nodiscard]] bool empty() const { return bytes_.size() == common_header_bytes; }
    /// Sets the checksum and gives the packet away.
    [[nodiscard]] Bytes finish();

private:
    Bytes bytes_;
};

}  // namespace studio::sctp
