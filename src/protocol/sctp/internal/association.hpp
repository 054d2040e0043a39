#pragma once

#include <array>
#include <deque>
#include <optional>

#include "base/entropy.hpp"
#include "protocol/sctp/data_channels.hpp"
#include "protocol/sctp/internal/inbound_queue.hpp"
#include "protocol/sctp/internal/outbound_queue.hpp"
#include "protocol/sctp/internal/packet.hpp"

namespace studio::sctp {

/// One SCTP association over one path that DTLS protects (RFC 9260, RFC 8261): set-up, teardown and
/// the way between packets and the two queues. No multihoming, no stream reset (RFC 6525) and no
/// heartbeats of ours: ICE consent checks tell whether the path lives.
///
///   idle ─start()─► cookie_wait ─INIT ACK─► cookie_echoed ─COOKIE ACK─► established
///     │                  └──────── COOKIE ECHO (the peer began) ─────────────►│
///     └─ COOKIE ECHO ────────────────────────────────────────────────────────►│
///                any ─ ABORT, SHUTDOWN, loss, protocol error ─► ended
class Association {
public:
    Association(const DataChannelsOptions& options, Entropy& entropy);

    void start(Instant now);
    void handle_packet(ByteView packet, Instant now);
    void handle_timeout(Instant now);
    /// False where the send buffer is full. Queues before the association is up.
    [[nodiscard]] bool send(const Message& message, Instant now);
    /// Ends with an ABORT to the peer where it can know us.
    void end(EndReason reason);

    [[nodiscard]] bool established() const { return phase_ == Phase::established; }
    [[nodiscard]] std::optional<EndReason> ended() const { return ended_; }
    [[nodiscard]] Deadline next_deadline() const;

    std::deque<Bytes> packets;
    std::deque<Message>& ready() { return inbound_.ready; }

private:
    enum class Phase : std::uint8_t { idle, cookie_wait, cookie_echoed, established, ended };
    /// What the peer tells in INIT or INIT ACK.
    struct Peer {
        std::uint32_t tag = 0;
        std::uint32_t window = 0;
        std::uint32_t first_tsn = 0;
        Bytes cookie;
    };

    [[nodiscard]] static std::optional<Peer> parse_init(ByteView value);
    [[nodiscard]] Bytes init_value(ByteView cookie) const;
    [[nodiscard]] Bytes make_cookie(const Peer& peer) const;
    [[nodiscard]] std::optional<Peer> open_cookie(ByteView cookie) const;
    /// False: nothing more in this packet counts.
    bool handle_chunk(const Chunk& chunk, const CommonHeader& header, Instant now);
    void on_init(ByteView value);
    void on_init_ack(ByteView value, Instant now);
    bool on_cookie_echo(ByteView cookie);
    void on_data(const Chunk& chunk);
    void on_forward_tsn(ByteView value);
    void establish(const Peer& peer);
    void finish(EndReason reason);

    void send_set_up(Instant now);
    void send_chunk(ChunkType type, std::uint8_t flags, ByteView value);
    void send_chunk(ChunkType type, std::uint8_t flags, ByteView value, std::uint32_t tag);
    void append_sack(PacketWriter& packet) const;
    void flush(Instant now);

    DataChannelsOptions options_;
    Phase phase_ = Phase::idle;
    std::optional<EndReason> ended_;
    std::uint32_t local_tag_;
    std::uint32_t local_first_tsn_;
    std::uint32_t peer_tag_ = 0;
    std::array<std::uint8_t, 16> cookie_secret_{};
    Bytes peer_cookie_;
    InboundQueue inbound_;
    OutboundQueue outbound_;
    bool acknowledge_ = false;
    // Set-up: INIT or COOKIE ECHO.
    Deadline set_up_at_;
    nanoseconds set_up_interval_;
    std::uint32_t set_up_tries_ = 0;
};

}  // namespace studio::sctp
