#include "adapters/webrtc/webrtc_endpoint.hpp"

#include <algorithm>
#include <utility>

#include "adapters/webrtc/udp_address.hpp"

namespace studio::adapters {
namespace {

const char* describe(runtime::UdpError error) {
    switch (error) {
        case runtime::UdpError::bad_address:
            return "it is no numeric address";
        case runtime::UdpError::cannot_bind:
            return "the port is taken or not allowed";
        case runtime::UdpError::no_resources:
            return "no descriptors or memory are left";
    }
    return "unknown";
}

}  // namespace

Result<std::unique_ptr<WebrtcEndpoint>, EndpointError> WebrtcEndpoint::open(
    runtime::AsioLoop& loop, Entropy& entropy, std::shared_ptr<const webrtc::Identity> identity,
    WebrtcEndpointOptions options) {
    auto endpoint = std::make_unique<WebrtcEndpoint>(loop, entropy, std::move(options));
    const WebrtcEndpointOptions& kept = endpoint->options_;
    auto socket = runtime::UdpSocket::open(
        loop, {.name = kept.name, .address = kept.address, .port = kept.port},
        [self = endpoint.get()](const runtime::UdpAddress& source, ByteView datagram) {
            self->on_datagram(to_address(source), datagram);
        });
    if (!socket) {
        return fail("cannot open UDP " + kept.address + " port " + std::to_string(kept.port) +
                    ": " + describe(socket.error()));
    }
    endpoint->socket_ = std::move(*socket);
    endpoint->peer_options_.identity = std::move(identity);
    endpoint->peer_options_.entropy = &entropy;
    endpoint->peer_options_.local_addresses =
        host_addresses(kept.advertised_addresses, endpoint->port());
    if (endpoint->peer_options_.local_addresses.empty()) {
        return fail(EndpointError("no media address is left: name a numeric one"));
    }
    return endpoint;
}

WebrtcEndpoint::WebrtcEndpoint(runtime::AsioLoop& loop, Entropy& entropy,
                               WebrtcEndpointOptions options)
    : loop_(loop),
      entropy_(entropy),
      options_(std::move(options)),
      unroutable_(metrics().counter("studio_udp_unroutable_total",
                                    "Datagrams that belong to no call.",
                                    "socket=\"" + options_.name + "\"")) {}

WebrtcEndpoint::~WebrtcEndpoint() = default;

Result<AcceptedOffer, OfferError> WebrtcEndpoint::accept(std::string_view offer_sdp) {
    if (by_ufrag_.size() >= options_.peers_max) {
        return fail(OfferError::full);
    }
    auto accepted = webrtc::Peer::accept(offer_sdp, peer_options_, loop_.now());
    if (!accepted) {
        return fail(accepted.error() == webrtc::SdpRefusal::malformed ? OfferError::malformed
                                                                      : OfferError::unsupported);
    }
    std::string ufrag = accepted->peer->local_ufrag();
    auto media = std::make_unique<WebrtcMedia>(loop_, *this, std::move(accepted->peer),
                                               options_.media, entropy_);
    by_ufrag_.emplace(std::move(ufrag), media.get());
    return AcceptedOffer{std::move(media), std::move(accepted->answer_sdp)};
}

std::uint16_t WebrtcEndpoint::port() const {
    return socket_->local_address().port;
}

void WebrtcEndpoint::send(const net::Address& target, ByteView datagram) {
    socket_->send(to_udp_address(target), datagram);
}

void WebrtcEndpoint::learn(const net::Address& source, WebrtcMedia& media) {
    by_address_.insert_or_assign(source, &media);
}

void WebrtcEndpoint::forget(WebrtcMedia& media) {
    by_ufrag_.erase(media.peer().local_ufrag());
    std::erase_if(by_address_, [&media](const auto& entry) { return entry.second == &media; });
}

void WebrtcEndpoint::on_datagram(const net::Address& source, ByteView datagram) {
    const auto known = by_address_.find(source);
    if (known != by_address_.end()) {
        // A check for another call may come from the same address, behind a NAT or after a restart.
        const auto ufrag = webrtc::parse_target_ufrag(datagram);
        if (!ufrag || *ufrag == known->second->peer().local_ufrag()) {
            known->second->handle_datagram(source, datagram);
            return;
        }
    }
    if (const auto ufrag = webrtc::parse_target_ufrag(datagram)) {
        const auto found = by_ufrag_.find(std::string(*ufrag));
        if (found != by_ufrag_.end()) {
            found->second->handle_datagram(source, datagram);
            return;
        }
    }
    unroutable_.add();
}

}  // namespace studio::adapters
