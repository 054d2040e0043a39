#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "adapters/webrtc/webrtc_options.hpp"
#include "base/entropy.hpp"
#include "ports/call_media.hpp"
#include "protocol/webrtc/peer_options.hpp"
#include "runtime/asio_loop.hpp"
#include "runtime/udp_socket.hpp"

namespace studio::adapters {

struct WebrtcEndpointOptions {
    WebrtcOptions webrtc;
    /// Calls at once on this loop, connecting ones included; beyond it offers are answered with
    /// OfferError::full. One core carries a few hundred.
    std::size_t peers_max = 400;
};

/// Answers WebRTC offers: every direct call of a loop on one UDP port. Datagrams find their call by
/// source address, or by the ICE user name in checks; what belongs to none is dropped after a
/// look-up (metric studio_webrtc_strays_total). The tick of each call has its own place in the 20
/// ms. It outlives its calls. Loop thread only.
///
///     UDP port --+-- STUN with a user name --> by ufrag ----+--> PeerSession --> CallMediaListener
///                +-- all else -------------> by source -----+
class WebrtcEndpoint final : public DirectMedia {
public:
    /// `identity` is shared by all loops of the process; `entropy` is borrowed and outlives this.
    [[nodiscard]] static Result<std::unique_ptr<WebrtcEndpoint>, runtime::UdpError> open(
        runtime::AsioLoop& loop, const WebrtcEndpointOptions& options,
        std::shared_ptr<const webrtc::Identity> identity, Entropy& entropy);
    ~WebrtcEndpoint() override;

    [[nodiscard]] Result<AcceptedOffer, OfferError> accept(std::string_view offer_sdp) override;

    /// The UDP port that it is bound to.
    [[nodiscard]] std::uint16_t port() const;
    /// Calls whose connection is not over.
    [[nodiscard]] std::size_t peer_count() const;

private:
    class Network;

    explicit WebrtcEndpoint(std::unique_ptr<Network> network);

    std::unique_ptr<Network> network_;
};

}  // namespace studio::adapters
