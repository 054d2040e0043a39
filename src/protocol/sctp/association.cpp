#include <algorithm>
#include <utility>

#include "protocol/sctp/internal/association.hpp"

namespace studio::sctp {
namespace {

constexpr std::uint16_t parameter_cookie = 7;
constexpr std::uint16_t parameter_forward_tsn = 0xC000;
constexpr std::size_t gap_blocks_max = 64;
// Answers to one packet: a hostile one of many heartbeats must not be multiplied.
constexpr std::size_t packets_max = 256;
constexpr std::size_t secret_bytes = 16;
// Verification tag of the peer's, reflected (RFC 9260, section 8.4).
constexpr std::uint8_t flag_reflected = 1;
constexpr std::uint8_t flag_end = 1;
constexpr std::uint8_t flag_begin = 2;
constexpr std::uint8_t flag_unordered = 4;

std::uint32_t random_tag(Entropy& entropy) {
    const std::uint32_t tag = entropy.u32();
    return tag == 0 ? 1 : tag;
}

}  // namespace

Association::Association(const DataChannelsOptions& options, Entropy& entropy)
    : options_(options),
      local_tag_(random_tag(entropy)),
      local_first_tsn_(entropy.u32()),
      inbound_(options.receive_window_bytes, options.message_bytes_max),
      outbound_(options, local_first_tsn_),
      set_up_interval_(options.rto_initial) {
    entropy.fill(cookie_secret_);
}

void Association::start(Instant now) {
    if (phase_ == Phase::idle) {
        phase_ = Phase::cookie_wait;
        send_set_up(now);
    }
}

void Association::send_set_up(Instant now) {
    if (phase_ == Phase::cookie_wait) {
        send_chunk(ChunkType::init, 0, init_value({}), 0);
    } else {
        send_chunk(ChunkType::cookie_echo, 0, peer_cookie_);
    }
    set_up_at_ = now + set_up_interval_;
}

// RFC 9260, section 3.3.2, with Forward-TSN-Supported (RFC 3758), as WebRTC peers expect.
Bytes Association::init_value(ByteView cookie) const {
    Bytes value;
    ByteWriter writer(value);
    writer.u32(local_tag_);
    writer.u32(static_cast<std::uint32_t>(options_.receive_window_bytes));
    writer.u16(InboundQueue::streams_max);
    writer.u16(InboundQueue::streams_max);
    writer.u32(local_first_tsn_);
    writer.u16(parameter_forward_tsn);
    writer.u16(4);
    if (!cookie.empty()) {
        writer.u16(parameter_cookie);
        writer.u16(static_cast<std::uint16_t>(4 + cookie.size()));
        writer.bytes(cookie);
    }
    return value;
}

std::optional<Association::Peer> Association::parse_init(ByteView value) {
    ByteReader reader(value);
    Peer peer;
    peer.tag = reader.u32();
    peer.window = reader.u32();
    const std::uint16_t outbound_streams = reader.u16();
    const std::uint16_t inbound_streams = reader.u16();
    peer.first_tsn = reader.u32();
    if (!reader.ok() || peer.tag == 0 || outbound_streams == 0 || inbound_streams == 0) {
        return std::nullopt;
    }
    while (const auto parameter = take_parameter(reader)) {
        if (parameter->type == parameter_cookie) {
            peer.cookie.assign(parameter->value.begin(), parameter->value.end());
        }
    }
    return peer;
}

// The peer's parameters travel in the cookie, so that an INIT costs us nothing. Who sends packets
// here has passed DTLS; the secret only keeps out cookies of another association.
Bytes Association::make_cookie(const Peer& peer) const {
    Bytes cookie(cookie_secret_.begin(), cookie_secret_.end());
    ByteWriter writer(cookie);
    writer.u32(peer.tag);
    writer.u32(peer.window);
    writer.u32(peer.first_tsn);
    return cookie;
}

std::optional<Association::Peer> Association::open_cookie(ByteView cookie) const {
    ByteReader reader(cookie);
    const ByteView secret = reader.bytes(secret_bytes);
    Peer peer;
    peer.tag = reader.u32();
    peer.window = reader.u32();
    peer.first_tsn = reader.u32();
    const bool ours = reader.ok() && reader.remaining() == 0 && peer.tag != 0 &&
                      std::equal(secret.begin(), secret.end(), cookie_secret_.begin());
    return ours ? std::optional(peer) : std::nullopt;
}

void Association::handle_packet(ByteView packet, Instant now) {
    const auto header = parse_common_header(packet);
    if (!header || header->source_port != options_.peer_port ||
        header->target_port != options_.local_port || phase_ == Phase::ended) {
        return;
    }
    ByteReader reader(packet.subspan(common_header_bytes));
    while (const auto chunk = take_chunk(reader)) {
        if (phase_ == Phase::ended || !handle_chunk(*chunk, *header, now)) {
            break;
        }
    }
    if (phase_ != Phase::ended) {
        flush(now);
    }
}

bool Association::handle_chunk(const Chunk& chunk, const CommonHeader& header, Instant now) {
    if (chunk.type == ChunkType::init) {
        if (header.tag == 0) {
            on_init(chunk.value);
        }
        return false;  // An INIT stands alone.
    }
    const bool reflected =
        (chunk.flags & flag_reflected) != 0 && header.tag == peer_tag_ && peer_tag_ != 0;
    if (chunk.type == ChunkType::abort && (reflected || header.tag == local_tag_)) {
        finish(EndReason::remote);
        return false;
    }
    if (header.tag != local_tag_) {
        return false;
    }
    const bool up = phase_ == Phase::established;
    switch (chunk.type) {
        case ChunkType::init_ack:
            on_init_ack(chunk.value, now);
            return false;
        case ChunkType::cookie_echo:
            return on_cookie_echo(chunk.value);
        case ChunkType::cookie_ack:
            if (phase_ == Phase::cookie_echoed) {
                phase_ = Phase::established;
                set_up_at_.reset();
            }
            return true;
        case ChunkType::data:
            // While our COOKIE ACK is awaited the peer is up already and may send.
            if (up || phase_ == Phase::cookie_echoed) {
                on_data(chunk);
            }
            return true;
        case ChunkType::sack:
            if (up && !outbound_.handle_sack(chunk.value, now)) {
                end(EndReason::failed);
            }
            return true;
        case ChunkType::heartbeat:
            if (up && packets.size() < packets_max) {
                send_chunk(ChunkType::heartbeat_ack, 0, chunk.value);
            }
            return true;
        case ChunkType::forward_tsn:
            if (up) {
                on_forward_tsn(chunk.value);
            }
            return true;
        case ChunkType::shutdown:
            send_chunk(ChunkType::shutdown_ack, 0, {});
            finish(EndReason::remote);
            return false;
        case ChunkType::shutdown_ack:
            send_chunk(ChunkType::shutdown_complete, 0, {});
            finish(EndReason::remote);
            return false;
        default:
            // RFC 9260, section 3.2: the highest bit says to pass over what is not known.
            return chunk.type == ChunkType::error || chunk.type == ChunkType::heartbeat_ack ||
                   (static_cast<std::uint8_t>(chunk.type) & 0x80U) != 0;
    }
}

// Both sides may begin at once: each answers with the tag that it sent (RFC 9260, section 5.2.1).
void Association::on_init(ByteView value) {
    if (const auto peer = parse_init(value)) {
        send_chunk(ChunkType::init_ack, 0, init_value(make_cookie(*peer)), peer->tag);
    }
}

void Association::on_init_ack(ByteView value, Instant now) {
    const auto peer = parse_init(value);
    if (phase_ != Phase::cookie_wait || !peer || peer->cookie.empty() ||
        peer->cookie.size() > options_.packet_bytes_max - 2 * common_header_bytes) {
        return;
    }
    establish(*peer);
    phase_ = Phase::cookie_echoed;
    peer_cookie_ = peer->cookie;
    set_up_interval_ = options_.rto_initial;
    set_up_tries_ = 0;
    send_set_up(now);
}

bool Association::on_cookie_echo(ByteView cookie) {
    const auto peer = open_cookie(cookie);
    if (!peer || (peer_tag_ != 0 && peer->tag != peer_tag_)) {
        return false;
    }
    if (phase_ == Phase::idle || phase_ == Phase::cookie_wait) {
        establish(*peer);
    }
    phase_ = Phase::established;
    set_up_at_.reset();
    send_chunk(ChunkType::cookie_ack, 0, {});
    return true;
}

void Association::establish(const Peer& peer) {
    peer_tag_ = peer.tag;
    outbound_.set_peer_window(peer.window);
    inbound_.start(peer.first_tsn);
}

void Association::on_data(const Chunk& chunk) {
    ByteReader reader(chunk.value);
    Fragment fragment;
    const std::uint32_t tsn = reader.u32();
    fragment.stream = reader.u16();
    fragment.sequence = reader.u16();
    fragment.protocol = reader.u32();
    fragment.unordered = (chunk.flags & flag_unordered) != 0;
    fragment.begins = (chunk.flags & flag_begin) != 0;
    fragment.ends = (chunk.flags & flag_end) != 0;
    // RFC 9260, section 6.2: a DATA chunk without data is an error; empty messages have a byte.
    if (!reader.ok() || reader.remaining() == 0) {
        end(EndReason::failed);
        return;
    }
    const ByteView data = reader.rest();
    fragment.data.assign(data.begin(), data.end());
    acknowledge_ = true;
    if (!inbound_.handle_fragment(tsn, std::move(fragment))) {
        end(EndReason::failed);
    }
}

void Association::on_forward_tsn(ByteView value) {
    ByteReader reader(value);
    const std::uint32_t tsn = reader.u32();
    std::vector<std::pair<std::uint16_t, std::uint16_t>> streams;
    while (reader.remaining() >= 4) {
        const std::uint16_t stream = reader.u16();
        streams.emplace_back(stream, reader.u16());
    }
    if (reader.ok()) {
        inbound_.skip_to(tsn, streams);
        acknowledge_ = true;
    }
}

bool Association::send(const Message& message, Instant now) {
    if (phase_ == Phase::ended || !outbound_.push(message)) {
        return false;
    }
    flush(now);
    return true;
}

void Association::append_sack(PacketWriter& packet) const {
    const auto blocks = inbound_.gap_blocks(gap_blocks_max);
    Bytes value;
    ByteWriter writer(value);
    writer.u32(inbound_.cumulative_tsn());
    writer.u32(inbound_.free_bytes());
    writer.u16(static_cast<std::uint16_t>(blocks.size()));
    writer.u16(0);
    for (const auto& [from, to] : blocks) {
        writer.u16(from);
        writer.u16(to);
    }
    packet.chunk(ChunkType::sack, 0, value);
}

/// Sends what is due. Each packet of data is acknowledged at once: events are few, and a delayed
/// SACK (RFC 9260, section 6.2 allows 200 ms) would cost more in timers than in packets.
void Association::flush(Instant now) {
    if (phase_ != Phase::established) {
        return;
    }
    bool more = true;
    while (more && packets.size() < packets_max) {
        PacketWriter packet({options_.local_port, options_.peer_port, peer_tag_});
        if (std::exchange(acknowledge_, false)) {
            append_sack(packet);
        }
        more = outbound_.fill(packet, now);
        if (packet.empty()) {
            return;
        }
        packets.push_back(packet.finish());
    }
}

void Association::send_chunk(ChunkType type, std::uint8_t flags, ByteView value) {
    send_chunk(type, flags, value, peer_tag_);
}

void Association::send_chunk(ChunkType type, std::uint8_t flags, ByteView value,
                             std::uint32_t tag) {
    PacketWriter packet({options_.local_port, options_.peer_port, tag});
    packet.chunk(type, flags, value);
    packets.push_back(packet.finish());
}

void Association::handle_timeout(Instant now) {
    if (phase_ == Phase::ended) {
        return;
    }
    if (set_up_at_ && now >= *set_up_at_) {
        if (++set_up_tries_ > options_.retransmissions_max) {
            finish(EndReason::lost);
            return;
        }
        set_up_interval_ = std::min<nanoseconds>(set_up_interval_ * 2, options_.rto_max);
        send_set_up(now);
    }
    if (!outbound_.handle_timeout(now)) {
        end(EndReason::lost);
        return;
    }
    flush(now);
}

void Association::end(EndReason reason) {
    if (phase_ != Phase::ended && peer_tag_ != 0) {
        send_chunk(ChunkType::abort, 0, {});
    }
    finish(reason);
}

void Association::finish(EndReason reason) {
    if (phase_ != Phase::ended) {
        phase_ = Phase::ended;
        ended_ = reason;
    }
}

Deadline Association::next_deadline() const {
    if (phase_ == Phase::ended) {
        return std::nullopt;
    }
    return earlier(set_up_at_, outbound_.next_deadline());
}

}  // namespace studio::sctp
