#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/bytes.hpp"
#include "base/entropy.hpp"
#include "base/time.hpp"
#include "protocol/rtp/packet.hpp"
#include "protocol/rtp/rtcp.hpp"

namespace studio::rtp {

struct SenderOptions {
    /// 0..127, as negotiated.
    std::uint8_t payload_type = 111;
    std::uint32_t clock_rate_hz = 48'000;
    /// Packets kept to answer NACKs: 25 of 20 ms are half a second, beyond which nobody would play
    /// the answer. At most 64.
    std::uint8_t history_packets = 25;
    /// Longest packet kept, as sent (header and authentication tag included). Speech at 24 kbit/s
    /// needs about 100 bytes, PCMU 188. Longer ones are sent but cannot be repeated.
    std::uint16_t history_packet_bytes_max = 224;
    /// Within this time a packet is not repeated twice. Raised to the round trip where it is known.
    milliseconds repeat_interval{20};
    /// As announced in SDP; a random one where absent.
    std::optional<std::uint32_t> ssrc;
    /// The civil time at `now` of the constructor; it makes the NTP times of sender reports.
    WallTime wall_at_start{};
};

struct SenderStats {
    std::uint64_t packets_sent = 0;
    /// Payload octets, as in sender reports.
    std::uint64_t octets_sent = 0;
    std::uint64_t packets_repeated = 0;
    /// From the peer's last report block on us.
    std::uint8_t fraction_lost = 0;
    std::int32_t cumulative_lost = 0;
    std::uint32_t jitter = 0;
    /// Zero while unknown.
    microseconds round_trip{0};
};

/// Numbers the packets of one RTP stream of ours, writes its sender reports and keeps what was sent
/// for retransmission on the same SSRC, which browsers accept without RTX (RFC 4588 does not
/// apply): the protected packet is repeated byte for byte, so nothing is ever encrypted twice under
/// one index. SSRC, first sequence number and timestamp offset are random (RFC 3550, section 5.1).
/// Thread-compatible; allocates once, about history_packets * history_packet_bytes_max bytes.
class Sender {
public:
    Sender(const SenderOptions& options, Entropy& entropy, Instant now);

    /// The header of the next packet. `media_time` counts RTP clock units since the start of the
    /// stream and goes on through silence. `payload_bytes` feeds the report's octet count.
    [[nodiscard]] PacketHeader next_header(std::uint64_t media_time, bool marker,
                                           std::size_t payload_bytes, Instant now);
    /// The same with another payload type, for telephone events.
    [[nodiscard]] PacketHeader next_header(std::uint8_t payload_type, std::uint64_t media_time,
                                           bool marker, std::size_t payload_bytes, Instant now);

    /// Keeps the packet as it went out, after protection.
    void remember(std::uint16_t sequence, ByteView packet);

    /// The packet that a NACK asks for, to be sent as it is; nothing where it is forgotten or was
    /// repeated a moment ago. Valid until the next remember().
    [[nodiscard]] std::optional<ByteView> repeat(std::uint16_t sequence, Instant now);

    /// The report for now, without blocks; nothing before the first packet. The RTP timestamp is
    /// the one that `now` would have (RFC 3550, section 6.4.1).
    [[nodiscard]] std::optional<SenderReport> make_report(Instant now) const;

    /// Notes what the peer says about us; blocks about other sources are ignored.
    void handle_report(const ReportBlock& block, Instant now);

    [[nodiscard]] std::uint32_t ssrc() const { return ssrc_; }
    [[nodiscard]] const SenderStats& stats() const { return stats_; }

private:
    struct Kept {
        bool filled = false;
        bool repeated = false;
        std::uint16_t sequence = 0;
        std::uint16_t size = 0;
        Instant repeated_at{};
    };

    [[nodiscard]] std::uint64_t ntp_at(Instant now) const;

    SenderOptions options_;
    Instant start_;
    std::uint32_t ssrc_;
    std::uint16_t sequence_;
    std::uint32_t timestamp_offset_;
    std::uint64_t last_media_time_ = 0;
    Instant last_sent_at_{};
    SenderStats stats_;
    std::unique_ptr<Kept[]> kept_;
    std::unique_ptr<std::uint8_t[]> kept_bytes_;
};

}  // namespace studio::rtp
