#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/time.hpp"
#include "protocol/rtp/packet.hpp"
#include "protocol/rtp/rtcp.hpp"

namespace studio::rtp {

struct ReceiverOptions {
    /// RTP clock of the payload: 48000 for Opus (RFC 7587), 8000 for G.711.
    std::uint32_t clock_rate_hz = 48'000;
    /// A hole is asked for this long after it was seen, so that mere reordering costs nothing.
    milliseconds nack_delay{10};
    /// Between two requests for the same packet; raised to the round trip where that is known.
    milliseconds nack_interval{40};
    /// Requests per packet. With 40 ms between, a third answer comes too late to be played.
    std::uint8_t nacks_max = 3;
};

/// What a packet means for the sequence.
enum class Arrival : std::uint8_t {
    /// The next one, or one after a hole.
    in_order,
    /// Filled a hole: reordered or retransmitted.
    late,
    /// Had it already: do not play it.
    duplicate,
    /// So far from the sequence that it is refused until a second one follows it (RFC 3550, A.1).
    /// Do not play it.
    out_of_range,
    /// The source started again at another place; buffers that go by sequence must be cleared.
    restarted,
};

struct ReceivedPacket {
    Arrival arrival = Arrival::in_order;
    /// The sequence number without wraps; grows by one per packet sent.
    std::uint64_t extended_sequence = 0;
};

struct ReceiverStats {
    std::uint64_t packets_received = 0;
    std::uint64_t packets_duplicate = 0;
    /// Expected minus received (RFC 3550, A.3); never negative here.
    std::uint64_t packets_lost = 0;
    std::uint64_t packets_recovered = 0;
    std::uint64_t nacks_sent = 0;
    /// RFC 3550, A.8, in time.
    microseconds jitter{0};
};

/// Keeps account of one received RTP source: sequence, loss, jitter, report blocks, and which
/// packets to ask for again. Knows nothing of sockets, encryption or payload. Thread-compatible,
/// about 600 bytes, no allocation.
///
///     first packet ──► following ──(jump > 3000)──► probation ──(successor)──► restarted,
///     following
///                          ▲                            │
///                          └────(a packet in range)─────┘
class Receiver {
public:
    explicit Receiver(const ReceiverOptions& options) : options_(options) {}

    /// Notes one authenticated packet. The first decides the SSRC; the caller sorts out others.
    ReceivedPacket handle_packet(const Packet& packet, Instant now);

    /// Notes the source's sender report, for the round trip of the other side.
    void handle_sender_report(const SenderReport& report, Instant now);

    /// The peer's round trip, which spaces repeated requests.
    void set_round_trip(microseconds round_trip) { round_trip_ = round_trip; }

    /// The block for the next SR or RR; starts a new interval for `fraction_lost`. Nothing before
    /// the first packet.
    [[nodiscard]] std::optional<ReportBlock> make_report(Instant now);

    /// Which packets to ask for now; each counts as asked. Empty most of the time.
    [[nodiscard]] NackSequences poll_nack(Instant now);
    /// When poll_nack() will have something.
    [[nodiscard]] Deadline next_deadline() const;

    [[nodiscard]] std::optional<std::uint32_t> ssrc() const;
    [[nodiscard]] ReceiverStats stats() const;

private:
    struct Missing {
        std::uint64_t sequence = 0;
        Instant ask_at{};
        std::uint8_t asked = 0;
    };
    static constexpr std::size_t missing_max = 32;

    void start(const Packet& packet);
    void advance(std::uint64_t sequence, Instant now);
    [[nodiscard]] ReceivedPacket fill_hole(std::uint64_t sequence);
    [[nodiscard]] ReceivedPacket jump(const Packet& packet);
    [[nodiscard]] bool seen_before(std::uint64_t sequence);
    void update_jitter(const Packet& packet, Instant now);
    void note_missing(std::uint64_t sequence, Instant now);
    bool forget_missing(std::uint64_t sequence);
    [[nodiscard]] std::uint64_t expected() const;

    ReceiverOptions options_;
    bool started_ = false;
    std::uint32_t ssrc_ = 0;
    // Extended numbers start at 2^16 so that a packet from before the first one has a number too.
    std::uint64_t base_sequence_ = 0;
    std::uint64_t highest_sequence_ = 0;
    // Bit n: highest_sequence_ - n was received.
    std::array<std::uint64_t, 4> window_{};
    std::optional<std::uint16_t> probation_sequence_;
    std::uint64_t received_ = 0;
    std::uint64_t received_since_restart_ = 0;
    std::uint64_t lost_before_restart_ = 0;
    std::uint64_t duplicates_ = 0;
    std::uint64_t recovered_ = 0;
    std::uint64_t nacks_sent_ = 0;
    std::uint64_t expected_at_report_ = 0;
    std::uint64_t received_at_report_ = 0;
    // RFC 3550, A.8: the estimate in RTP units times sixteen.
    std::uint32_t jitter_q4_ = 0;
    std::optional<std::uint32_t> last_transit_;
    std::uint32_t last_timestamp_ = 0;
    std::uint32_t last_report_ntp_ = 0;
    Instant last_report_at_{};
    microseconds round_trip_{0};
    std::array<Missing, missing_max> missing_{};
    std::size_t missing_count_ = 0;
};

}  // namespace studio::rtp
