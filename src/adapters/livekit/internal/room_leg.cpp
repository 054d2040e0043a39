#include "adapters/livekit/internal/room_leg.hpp"

#include <utility>

#include "adapters/webrtc/addresses.hpp"
#include "protocol/livekit/data_packet.hpp"

namespace studio::adapters {
namespace {

// 100 packets/s both ways: what a loop that stands still for a second gathers, ten times over.
constexpr int kernel_buffer_bytes = 256 << 10;
// What a message of the server's may be: the limit of its own clients.
constexpr std::uint32_t message_bytes_max = 64 * 1024;

}  // namespace

Result<std::unique_ptr<RoomLeg>, runtime::UdpError> RoomLeg::open(const RoomLegOptions& options) {
    std::unique_ptr<RoomLeg> leg(new RoomLeg(options.owner, options.entropy.text(16)));
    auto socket = runtime::UdpSocket::open(
        options.loop,
        {.name = options.webrtc.name,
         .address = options.webrtc.bind_address,
         .port = 0,
         .kernel_buffer_bytes = kernel_buffer_bytes},
        [raw = leg.get()](const runtime::UdpAddress& source, std::span<std::uint8_t> datagram) {
            raw->session_->handle_datagram(to_address(source), datagram);
        });
    if (!socket) {
        return fail(socket.error());
    }
    leg->socket_ = std::move(*socket);
    auto addresses = make_host_addresses(*leg->socket_, options.webrtc.advertised_addresses);
    if (!addresses) {
        return fail(addresses.error());
    }
    webrtc::OfferOptions offer;
    offer.peer.identity = options.identity;
    offer.peer.entropy = &options.entropy;
    offer.peer.local_addresses = std::move(*addresses);
    offer.peer.codecs = options.webrtc.codecs;
    offer.peer.connect_timeout = options.webrtc.connect_timeout;
    offer.peer.consent_timeout = options.webrtc.consent_timeout;
    offer.peer.wall_at_start = options.loop.wall_now();
    webrtc::AudioSection voice;
    voice.direction = webrtc::Direction::sendonly;
    voice.stream_id = "voice";
    voice.track_id = leg->track_id_;
    voice.codecs = {options.is_phone ? sdp::AudioCodec::pcmu : sdp::AudioCodec::opus};
    webrtc::AudioSection heard;
    heard.direction = webrtc::Direction::recvonly;
    // One section that waits for the caller's track saves a round trip when it comes.
    offer.audio = {std::move(voice), std::move(heard)};
    offer.channel_labels = {livekit::reliable_channel, livekit::lossy_channel};
    offer.message_bytes_max = message_bytes_max;
    leg->session_ = std::make_shared<PeerSession>(
        PeerSessionOptions{.loop = options.loop,
                           .network = *leg,
                           .peer = webrtc::Peer::make_offer(offer, options.loop.now()),
                           .settings = options.webrtc,
                           .tick_offset = options.tick_offset});
    leg->session_->start(*leg);
    leg->session_->drive();
    return leg;
}

// Detached while the socket is still there to carry the goodbye.
RoomLeg::~RoomLeg() {
    if (session_) {
        session_->detach();
    }
}

void RoomLeg::send(const net::Address& target, ByteView datagram) {
    socket_->send(to_udp_address(target), datagram);
}

void RoomLeg::on_channel_message(PeerSession& /*session*/, std::string_view /*label*/,
                                 ByteView bytes) {
    owner_.on_leg_packet(*this, bytes);
}

void RoomLeg::on_media_event(const MediaEvent& event) {
    owner_.on_leg_event(*this, event);
}

bool RoomLeg::on_media_frame(const InboundFrame& inbound, audio::Frame& outbound, Instant now) {
    return owner_.on_leg_frame(*this, inbound, outbound, now);
}

}  // namespace studio::adapters
