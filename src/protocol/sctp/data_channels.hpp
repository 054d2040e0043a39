#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/bytes.hpp"
#include "base/entropy.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace studio::sctp {

/// The number of a channel: its SCTP stream, the same in both directions.
using ChannelId = std::uint16_t;

struct DataChannelsOptions {
    /// Our role in DTLS: the client's channels get even numbers (RFC 8832, section 6).
    bool dtls_client = true;
    /// From the SDP's `a=sctp-port`, nearly always 5000.
    std::uint16_t local_port = 5000;
    std::uint16_t peer_port = 5000;
    /// Largest SCTP packet: 1200 less DTLS overhead, rounded down to a multiple of four.
    std::size_t packet_bytes_max = 1160;
    /// Longest message either way; a longer one from the peer ends the association.
    std::size_t message_bytes_max = 64 * 1024;
    /// Our receive window: what the peer may have under way and unread.
    std::size_t receive_window_bytes = 128 * 1024;
    /// What we accept to send before it is acknowledged; send() refuses beyond.
    std::size_t send_buffer_bytes = 128 * 1024;
    /// Channels at a time, both sides' together.
    std::size_t channels_max = 32;
    /// RFC 9260, section 16: RTO.Initial 1 s, RTO.Min 1 s, RTO.Max 60 s. Shorter here, as the path
    /// is an ICE pair with known round trips and events are for people.
    milliseconds rto_initial{500};
    milliseconds rto_min{200};
    milliseconds rto_max{5'000};
    /// Retransmissions in a row without an answer before the association is lost.
    std::uint32_t retransmissions_max = 10;
};

/// How messages of a channel are delivered. All channels of ours are reliable.
enum class Order : std::uint8_t { ordered, unordered };
enum class MessageKind : std::uint8_t { text, binary };

enum class ChannelError : std::uint8_t {
    /// No such channel, or not connected any more.
    closed,
    /// Longer than message_bytes_max or than the peer takes.
    too_long,
    /// The send buffer is full; may succeed once the peer has acknowledged.
    full,
    /// channels_max reached, or label or protocol longer than 255 bytes.
    too_many,
};

enum class EndReason : std::uint8_t {
    /// We closed.
    local,
    /// The peer shut down or aborted.
    remote,
    /// No answer to repeated packets.
    lost,
    /// The peer broke the protocol or a limit.
    failed,
};

/// The association is up; channels opened before now go out.
struct AssociationUp {};
/// A channel that the peer opened; it is usable at once.
struct ChannelOpened {
    ChannelId channel = 0;
    std::string label;
    std::string protocol;
    Order order = Order::ordered;
};
/// The peer acknowledged a channel of ours.
struct ChannelAccepted {
    ChannelId channel = 0;
};
struct ChannelMessage {
    ChannelId channel = 0;
    MessageKind kind = MessageKind::text;
    Bytes data;
};
/// The last event.
struct AssociationEnded {
    EndReason reason = EndReason::failed;
};
using ChannelEvent =
    std::variant<AssociationUp, ChannelOpened, ChannelAccepted, ChannelMessage, AssociationEnded>;

/// WebRTC data channels (RFC 8831, 8832) on one SCTP association (RFC 9260) over DTLS. Owns no
/// socket and no clock. Packets in and out are the plain text of DTLS records. After each call
/// drain poll_packet() and poll_event(). Thread-compatible.
class DataChannels {
public:
    DataChannels(const DataChannelsOptions& options, Entropy& entropy);
    DataChannels(DataChannels&&) noexcept;
    DataChannels& operator=(DataChannels&&) noexcept;
    ~DataChannels();

    /// Begins the association. Both sides may call it; they meet in the middle (RFC 9260, 5.2).
    void start(Instant now);
    /// One packet from the peer; hostile. Works before start() too, as an answerer.
    void handle_packet(ByteView packet, Instant now);
    /// To be called once next_deadline() has come; harmless earlier.
    void handle_timeout(Instant now);

    /// Opens a channel of ours; messages may be sent on it at once. Works before start().
    [[nodiscard]] Result<ChannelId, ChannelError> open(std::string_view label,
                                                       std::string_view protocol, Order order,
                                                       Instant now);
    [[nodiscard]] Result<void, ChannelError> send(ChannelId channel, MessageKind kind,
                                                  ByteView data, Instant now);
    /// Ends the association at once (ABORT): the peer sees its channels close.
    void close();

    [[nodiscard]] std::optional<Bytes> poll_packet();
    [[nodiscard]] std::optional<ChannelEvent> poll_event();
    [[nodiscard]] Deadline next_deadline() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace studio::sctp
