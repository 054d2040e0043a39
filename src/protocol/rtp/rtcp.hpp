#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "base/bytes.hpp"
#include "protocol/rtp/fixed_list.hpp"

namespace studio::rtp {

/// How one source is received (RFC 3550, section 6.4.1).
struct ReportBlock {
    std::uint32_t ssrc = 0;
    /// Lost since the last report, in 1/256.
    std::uint8_t fraction_lost = 0;
    /// Since the start; negative where duplicates outnumber losses. 24 bits on the wire.
    std::int32_t cumulative_lost = 0;
    /// The low 16 bits are the highest sequence number, the high 16 count its wraps.
    std::uint32_t highest_sequence = 0;
    /// In units of the RTP clock.
    std::uint32_t jitter = 0;
    /// The middle 32 bits of the last sender report's NTP time, zero where none came.
    std::uint32_t last_sender_report = 0;
    /// Time since then, in 1/65536 s.
    std::uint32_t delay_since_sender_report = 0;

    bool operator==(const ReportBlock&) const = default;
};

/// The report count field has five bits.
using ReportBlocks = FixedList<ReportBlock, 31>;

struct SenderReport {
    std::uint32_t ssrc = 0;
    /// NTP format, 32.32 bits, since 1900.
    std::uint64_t ntp_time = 0;
    std::uint32_t rtp_timestamp = 0;
    std::uint32_t packet_count = 0;
    std::uint32_t octet_count = 0;
    ReportBlocks reports;
};

struct ReceiverReport {
    std::uint32_t ssrc = 0;
    ReportBlocks reports;
};

/// The CNAME of one chunk (RFC 3550, section 6.5); other items are passed over.
struct SourceDescription {
    std::uint32_t ssrc = 0;
    std::string_view cname;
};

/// RFC 3550, section 6.6. One per source that leaves; the reason is not kept.
struct Goodbye {
    std::uint32_t ssrc = 0;
};

/// Sequence numbers in one NACK; a longer one is cut, its sender asks again.
inline constexpr std::size_t nack_sequences_max = 64;
using NackSequences = FixedList<std::uint16_t, nack_sequences_max>;

/// Generic NACK (RFC 4585, section 6.2.1).
struct Nack {
    std::uint32_t sender_ssrc = 0;
    std::uint32_t media_ssrc = 0;
    NackSequences sequences;
};

using RtcpItem = std::variant<SenderReport, ReceiverReport, SourceDescription, Goodbye, Nack>;

/// Walks the packets of one compound or reduced-size (RFC 5506) RTCP datagram, decrypted, hostile.
/// Passes over types that we do not use (PLI, REMB, transport-wide feedback, APP, XR). Views point
/// into the datagram.
class RtcpReader {
public:
    explicit RtcpReader(ByteView datagram) : rest_(datagram) {}

    /// The next item; nothing at the end or at the first malformed packet, where all after it is
    /// unreadable as well: see ok().
    [[nodiscard]] std::optional<RtcpItem> next();
    /// False once something malformed was met.
    [[nodiscard]] bool ok() const { return ok_; }

private:
    [[nodiscard]] std::optional<RtcpItem> read_packet();
    [[nodiscard]] std::optional<RtcpItem> read_chunk();

    ByteView rest_;
    // What is left of an SDES or BYE packet that holds several sources.
    ByteView chunks_;
    std::uint8_t chunks_left_ = 0;
    std::uint8_t chunks_type_ = 0;
    bool ok_ = true;
};

/// Appends RTCP packets to a buffer of the caller's, without allocation. What does not fit is left
/// out whole, and ok() becomes false.
class RtcpWriter {
public:
    explicit RtcpWriter(std::span<std::uint8_t> target) : target_(target) {}

    void write(const SenderReport& report);
    void write(const ReceiverReport& report);
    /// `cname`: at most 255 bytes.
    void write(const SourceDescription& description);
    void write(const Goodbye& goodbye);
    /// The sequences in ascending order (modulo 2^16) pack best. None: nothing is written.
    void write(const Nack& nack);

    /// Bytes written so far.
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool ok() const { return ok_; }

private:
    /// Room for one packet with its header written; empty where it does not fit.
    [[nodiscard]] std::span<std::uint8_t> start(std::uint8_t count, std::uint8_t type,
                                                std::size_t body_bytes);

    std::span<std::uint8_t> target_;
    std::size_t size_ = 0;
    bool ok_ = true;
};

}  // namespace studio::rtp
