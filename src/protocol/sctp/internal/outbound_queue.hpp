#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>

#include "base/time.hpp"
#include "protocol/sctp/data_channels.hpp"
#include "protocol/sctp/internal/inbound_queue.hpp"
#include "protocol/sctp/internal/packet.hpp"

namespace studio::sctp {

/// What we send until it is acknowledged: fragmentation, congestion window, retransmission and its
/// timer (RFC 9260, sections 6.1, 6.3, 7.2).
class OutboundQueue {
public:
    OutboundQueue(const DataChannelsOptions& options, std::uint32_t first_tsn);

    /// False where the send buffer has no room.
    [[nodiscard]] bool push(const Message& message);
    void set_peer_window(std::uint32_t bytes) { peer_window_ = bytes; }

    /// Adds what may be sent now to a packet, as much as fits; true while there is more.
    bool fill(PacketWriter& packet, Instant now);
    /// A SACK chunk's value; hostile. False where it cannot be one.
    [[nodiscard]] bool handle_sack(ByteView value, Instant now);
    /// After the deadline: false once the peer is taken for lost.
    [[nodiscard]] bool handle_timeout(Instant now);

    [[nodiscard]] Deadline next_deadline() const { return timer_; }
    [[nodiscard]] bool empty() const { return chunks_.empty(); }

private:
    struct Outgoing {
        Fragment fragment;
        Instant sent_at{};
        std::uint8_t transmissions = 0;
        std::uint8_t missing_reports = 0;
        bool in_flight = false;
        bool acknowledged = false;
    };

    [[nodiscard]] bool may_send(const Outgoing& chunk) const;
    void write(PacketWriter& packet, std::size_t index, Instant now);
    [[nodiscard]] std::size_t acknowledge(std::uint64_t cumulative, Instant now);
    [[nodiscard]] std::size_t acknowledge_gaps(ByteReader& blocks, std::uint16_t count,
                                               Instant now);
    void note_missing(std::uint64_t highest_newly_acknowledged);
    std::size_t settle(Outgoing& chunk, Instant now);
    void grow_window(std::size_t acknowledged_bytes, bool was_full);
    void measure(nanoseconds round_trip);

    const DataChannelsOptions options_;
    std::deque<Outgoing> chunks_;  // Contiguous TSNs from first_.
    std::uint64_t first_;
    // The TSN after the highest sent.
    std::uint64_t next_new_;
    std::size_t buffered_bytes_ = 0;
    std::size_t flight_bytes_ = 0;
    std::size_t window_bytes_;
    std::size_t slow_start_threshold_;
    std::size_t partial_acknowledged_ = 0;
    std::uint32_t peer_window_ = 0;
    std::uint64_t recovery_end_ = 0;
    std::uint64_t highest_gap_ = 0;
    std::map<std::uint16_t, std::uint16_t> next_sequence_;
    nanoseconds rto_;
    std::optional<nanoseconds> smoothed_;
    nanoseconds variation_{};
    std::uint32_t timeouts_in_a_row_ = 0;
    Deadline timer_;
};

}  // namespace studio::sctp
