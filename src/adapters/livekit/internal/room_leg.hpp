#pragma once

#include <memory>
#include <string>

#include "adapters/webrtc/peer_session.hpp"
#include "adapters/webrtc/webrtc_options.hpp"
#include "base/entropy.hpp"
#include "base/interface.hpp"
#include "protocol/webrtc/peer_options.hpp"
#include "runtime/udp_socket.hpp"

namespace studio::adapters {

class RoomLeg;

/// Told of one connection to the media server. It may destroy the leg in on_leg_event and
/// on_leg_frame.
class RoomLegOwner : public Interface {
public:
    virtual void on_leg_event(RoomLeg& leg, const MediaEvent& event) = 0;
    virtual bool on_leg_frame(RoomLeg& leg, const InboundFrame& inbound, audio::Frame& outbound,
                              Instant now) = 0;
    /// A data packet. Valid in the call; the leg must stay.
    virtual void on_leg_packet(RoomLeg& leg, ByteView packet) = 0;
};

struct RoomLegOptions {
    runtime::AsioLoop& loop;
    Entropy& entropy;
    const WebrtcOptions& webrtc;
    std::shared_ptr<const webrtc::Identity> identity;
    RoomLegOwner& owner;
    /// Our voice is G.711.
    bool is_phone = false;
    milliseconds tick_offset{0};
};

/// One peer connection to the media server, with a UDP socket of its own. A call has one, and two
/// while it enters its room anew.
class RoomLeg final : private PeerNetwork, private CallMediaListener {
public:
    [[nodiscard]] static Result<std::unique_ptr<RoomLeg>, runtime::UdpError> open(
        const RoomLegOptions& options);
    /// Says goodbye; the owner hears nothing more.
    ~RoomLeg() override;

    [[nodiscard]] PeerSession& session() { return *session_; }
    [[nodiscard]] const PeerSession& session() const { return *session_; }
    /// What our track is called in the offer.
    [[nodiscard]] const std::string& track_id() const { return track_id_; }

private:
    RoomLeg(RoomLegOwner& owner, std::string track_id)
        : owner_(owner), track_id_(std::move(track_id)) {}

    void send(const net::Address& target, ByteView datagram) override;
    void learn(PeerSession& /*session*/, const net::Address& /*source*/) override {}
    void forget(PeerSession& /*session*/) override {}
    void on_channel_message(PeerSession& session, std::string_view label, ByteView bytes) override;
    void on_media_event(const MediaEvent& event) override;
    bool on_media_frame(const InboundFrame& inbound, audio::Frame& outbound, Instant now) override;

    RoomLegOwner& owner_;
    std::string track_id_;
    std::unique_ptr<runtime::UdpSocket> socket_;
    std::shared_ptr<PeerSession> session_;
};

}  // namespace studio::adapters
