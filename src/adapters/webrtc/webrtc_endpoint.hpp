#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "adapters/webrtc/webrtc_media.hpp"
#include "base/metric.hpp"
#include "runtime/asio_loop.hpp"
#include "runtime/udp_socket.hpp"

namespace studio::adapters {

struct WebrtcEndpointOptions {
    /// Labels the metrics.
    std::string name = "media";
    std::string address = "0.0.0.0";
    /// 0 lets the system choose.
    std::uint16_t port = 0;
    /// Numeric addresses that callers are told, the port being the socket's; empty means those of
    /// this machine's interfaces. At most 8.
    std::vector<std::string> advertised_addresses;
    /// Calls at once; beyond it offers are answered OfferError::full.
    std::size_t peers_max = 1'000;
    WebrtcMediaOptions media;
};

/// Why an endpoint could not be opened, as one line for people.
using EndpointError = std::string;

/// DirectMedia on one UDP port for all calls of a loop: answers offers as ICE-lite and hands each
/// datagram to its peer, by source address once that is proven, before by the user name in its STUN
/// check. What belongs to nobody is dropped and counted (studio_udp_unroutable_total). Loop thread
/// only.
class WebrtcEndpoint final : public DirectMedia, public DatagramPath {
public:
    /// `loop` and `entropy` outlive it, and it outlives every media that it made.
    [[nodiscard]] static Result<std::unique_ptr<WebrtcEndpoint>, EndpointError> open(
        runtime::AsioLoop& loop, Entropy& entropy, std::shared_ptr<const webrtc::Identity> identity,
        WebrtcEndpointOptions options);

    WebrtcEndpoint(runtime::AsioLoop& loop, Entropy& entropy, WebrtcEndpointOptions options);
    ~WebrtcEndpoint() override;

    [[nodiscard]] Result<AcceptedOffer, OfferError> accept(std::string_view offer_sdp) override;
    /// Our UDP port.
    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] std::size_t peer_count() const { return by_ufrag_.size(); }

    void send(const net::Address& target, ByteView datagram) override;
    void learn(const net::Address& source, WebrtcMedia& media) override;
    void forget(WebrtcMedia& media) override;

private:
    void on_datagram(const net::Address& source, ByteView datagram);

    runtime::AsioLoop& loop_;
    Entropy& entropy_;
    WebrtcEndpointOptions options_;
    webrtc::PeerOptions peer_options_;
    std::unique_ptr<runtime::UdpSocket> socket_;
    std::unordered_map<net::Address, WebrtcMedia*> by_address_;
    std::unordered_map<std::string, WebrtcMedia*> by_ufrag_;
    Counter& unroutable_;
};

}  // namespace studio::adapters
