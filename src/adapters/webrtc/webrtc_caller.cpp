#include "adapters/webrtc/webrtc_caller.hpp"

#include <utility>

#include "adapters/webrtc/addresses.hpp"
#include "adapters/webrtc/peer_session.hpp"

namespace studio::adapters {

/// The socket, and the one session on it.
class WebrtcCaller::Network final : public PeerNetwork {
public:
    Network(runtime::AsioLoop& loop, WebrtcOptions options)
        : loop_(loop), options_(std::move(options)) {}
    // Detached while the socket is still there to carry the goodbye.
    ~Network() override {
        if (session_) {
            session_->detach();
        }
    }

    Result<void, runtime::UdpError> open(std::shared_ptr<const webrtc::Identity> identity,
                                         Entropy& entropy) {
        auto socket = runtime::UdpSocket::open(
            loop_, {.name = options_.name, .address = options_.bind_address, .port = options_.port},
            [this](const runtime::UdpAddress& source, std::span<std::uint8_t> datagram) {
                session_->handle_datagram(to_address(source), datagram);
            });
        if (!socket) {
            return fail(socket.error());
        }
        socket_ = std::move(*socket);
        auto addresses = make_host_addresses(*socket_, options_.advertised_addresses);
        if (!addresses) {
            return fail(addresses.error());
        }
        webrtc::OfferOptions offer;
        offer.peer.identity = std::move(identity);
        offer.peer.entropy = &entropy;
        offer.peer.local_addresses = std::move(*addresses);
        offer.peer.codecs = options_.codecs;
        offer.peer.connect_timeout = options_.connect_timeout;
        offer.peer.consent_timeout = options_.consent_timeout;
        offer.peer.wall_at_start = loop_.wall_now();
        offer.channel_labels = {events_channel};
        session_ = std::make_shared<PeerSession>(
            PeerSessionOptions{.loop = loop_,
                               .network = *this,
                               .peer = webrtc::Peer::make_offer(offer, loop_.now()),
                               .settings = options_});
        session_->drive();
        return {};
    }

    Result<void, OfferError> handle_answer(std::string_view answer_sdp) {
        const auto handled = session_->peer().handle_answer(answer_sdp, loop_.now());
        session_->drive();
        if (handled) {
            return {};
        }
        return fail(handled.error() == webrtc::SdpRefusal::malformed ? OfferError::malformed
                                                                     : OfferError::unsupported);
    }

    void add_remote_candidate(std::string_view line) {
        session_->peer().add_remote_candidate(line, loop_.now());
        session_->drive();
    }

    void send(const net::Address& target, ByteView datagram) override {
        socket_->send(to_udp_address(target), datagram);
    }
    void learn(PeerSession& /*session*/, const net::Address& /*source*/) override {}
    void forget(PeerSession& /*session*/) override {}

    [[nodiscard]] PeerSession& session() { return *session_; }

private:
    runtime::AsioLoop& loop_;
    WebrtcOptions options_;
    std::unique_ptr<runtime::UdpSocket> socket_;
    std::shared_ptr<PeerSession> session_;
};

Result<std::unique_ptr<WebrtcCaller>, runtime::UdpError> WebrtcCaller::open(
    runtime::AsioLoop& loop, const WebrtcOptions& options,
    std::shared_ptr<const webrtc::Identity> identity, Entropy& entropy) {
    auto network = std::make_unique<Network>(loop, options);
    if (const auto opened = network->open(std::move(identity), entropy); !opened) {
        return fail(opened.error());
    }
    return std::unique_ptr<WebrtcCaller>(new WebrtcCaller(std::move(network)));
}

WebrtcCaller::WebrtcCaller(std::unique_ptr<Network> network) : network_(std::move(network)) {}

WebrtcCaller::~WebrtcCaller() = default;

const std::string& WebrtcCaller::offer_sdp() const {
    return network_->session().peer().offer_sdp();
}

Result<void, OfferError> WebrtcCaller::handle_answer(std::string_view answer_sdp) {
    return network_->handle_answer(answer_sdp);
}

void WebrtcCaller::add_remote_candidate(std::string_view line) {
    network_->add_remote_candidate(line);
}

void WebrtcCaller::start(CallMediaListener& listener) {
    network_->session().start(listener);
}

void WebrtcCaller::send_message(std::string_view text) {
    network_->session().send_message(text);
}

void WebrtcCaller::close() {
    network_->session().close();
}

MediaStats WebrtcCaller::stats() const {
    return network_->session().stats();
}

}  // namespace studio::adapters
