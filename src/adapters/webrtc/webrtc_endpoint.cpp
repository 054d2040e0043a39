#include "adapters/webrtc/webrtc_endpoint.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "adapters/webrtc/addresses.hpp"
#include "adapters/webrtc/peer_session.hpp"
#include "base/metric.hpp"

namespace studio::adapters {
namespace {

OfferError to_offer_error(webrtc::SdpRefusal refusal) {
    return refusal == webrtc::SdpRefusal::malformed ? OfferError::malformed
                                                    : OfferError::unsupported;
}

/// What the session's owner holds.
class EndpointMedia final : public CallMedia {
public:
    explicit EndpointMedia(std::shared_ptr<PeerSession> session) : session_(std::move(session)) {}
    ~EndpointMedia() override { session_->detach(); }

    void start(CallMediaListener& listener) override { session_->start(listener); }
    void send_message(std::string_view text) override { session_->send_message(text); }
    void close() override { session_->close(); }
    [[nodiscard]] MediaStats stats() const override { return session_->stats(); }

private:
    std::shared_ptr<PeerSession> session_;
};

struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
        return std::hash<std::string_view>{}(text);
    }
};

}  // namespace

/// The socket and who is who on it.
class WebrtcEndpoint::Network final : public PeerNetwork {
public:
    Network(runtime::AsioLoop& loop, WebrtcEndpointOptions options,
            std::shared_ptr<const webrtc::Identity> identity, Entropy& entropy)
        : loop_(loop),
          options_(std::move(options)),
          identity_(std::move(identity)),
          entropy_(entropy),
          strays_(
              metrics().counter("studio_webrtc_strays_total", "Datagrams that belong to no call.")),
          peers_(metrics().gauge("studio_webrtc_peers", "WebRTC connections.")) {}

    ~Network() override {
        for (const auto& entry : sessions_) {
            entry.second.session->leave_network();
        }
        peers_.add(-static_cast<std::int64_t>(sessions_.size()));
    }

    Result<void, runtime::UdpError> open() {
        auto socket = runtime::UdpSocket::open(
            loop_,
            {.name = options_.webrtc.name,
             .address = options_.webrtc.bind_address,
             .port = options_.webrtc.port},
            [this](const runtime::UdpAddress& source, std::span<std::uint8_t> datagram) {
                route(to_address(source), datagram);
            });
        if (!socket) {
            return fail(socket.error());
        }
        socket_ = std::move(*socket);
        auto addresses = make_host_addresses(*socket_, options_.webrtc.advertised_addresses);
        if (!addresses) {
            return fail(addresses.error());
        }
        addresses_ = std::move(*addresses);
        return {};
    }

    Result<AcceptedOffer, OfferError> accept(std::string_view offer_sdp) {
        if (sessions_.size() >= options_.peers_max) {
            return fail(OfferError::full);
        }
        const webrtc::PeerOptions peer_options{
            .identity = identity_,
            .entropy = &entropy_,
            .local_addresses = addresses_,
            .codecs = options_.webrtc.codecs,
            .connect_timeout = options_.webrtc.connect_timeout,
            .consent_timeout = options_.webrtc.consent_timeout,
            .wall_at_start = loop_.wall_now(),
        };
        auto accepted = webrtc::Peer::accept(offer_sdp, peer_options, loop_.now());
        if (!accepted) {
            return fail(to_offer_error(accepted.error()));
        }
        std::string ufrag = accepted->peer->local_ufrag();
        if (sessions_.contains(ufrag)) {
            // A repeat of random bytes; the offer may be sent again.
            return fail(OfferError::full);
        }
        const std::size_t slot = take_slot();
        auto session =
            std::make_shared<PeerSession>(PeerSessionOptions{.loop = loop_,
                                                             .network = *this,
                                                             .peer = std::move(accepted->peer),
                                                             .settings = options_.webrtc,
                                                             .tick_offset = milliseconds(slot)});
        sessions_.emplace(std::move(ufrag), Entry{session, {}});
        peers_.add(1);
        session->drive();
        return AcceptedOffer{std::make_unique<EndpointMedia>(std::move(session)),
                             std::move(accepted->answer_sdp)};
    }

    void send(const net::Address& target, ByteView datagram) override {
        socket_->send(to_udp_address(target), datagram);
    }

    void learn(PeerSession& session, const net::Address& source) override {
        const auto found = sessions_.find(session.peer().local_ufrag());
        if (found != sessions_.end()) {
            by_source_.insert_or_assign(source, &session);
            found->second.sources.push_back(source);
        }
    }

    void forget(PeerSession& session) override {
        const auto found = sessions_.find(session.peer().local_ufrag());
        if (found == sessions_.end()) {
            return;
        }
        for (const net::Address& source : found->second.sources) {
            const auto entry = by_source_.find(source);
            // Another call may have proved since that the address is its own.
            if (entry != by_source_.end() && entry->second == &session) {
                by_source_.erase(entry);
            }
        }
        --calls_in_slot_[static_cast<std::size_t>(session.tick_offset().count())];
        peers_.add(-1);
        sessions_.erase(found);
    }

    [[nodiscard]] std::uint16_t port() const { return socket_->local_address().port; }
    [[nodiscard]] std::size_t peer_count() const { return sessions_.size(); }

private:
    struct Entry {
        std::shared_ptr<PeerSession> session;
        std::vector<net::Address> sources;
    };

    void route(const net::Address& source, std::span<std::uint8_t> datagram) {
        PeerSession* session = nullptr;
        if (const auto ufrag = webrtc::parse_target_ufrag(datagram)) {
            const auto found = sessions_.find(*ufrag);
            session = found == sessions_.end() ? nullptr : found->second.session.get();
        } else {
            const auto found = by_source_.find(source);
            session = found == by_source_.end() ? nullptr : found->second;
        }
        if (session == nullptr) {
            strays_.add();
            return;
        }
        session->handle_datagram(source, datagram);
    }

    // Whole milliseconds, so that the calls of one slot share their turn of the loop and its one
    // system call for sending.
    std::size_t take_slot() {
        const auto least = std::ranges::min_element(calls_in_slot_);
        ++*least;
        return static_cast<std::size_t>(least - calls_in_slot_.begin());
    }

    runtime::AsioLoop& loop_;
    WebrtcEndpointOptions options_;
    std::shared_ptr<const webrtc::Identity> identity_;
    Entropy& entropy_;
    Counter& strays_;
    Gauge& peers_;
    std::vector<net::Address> addresses_;
    std::unordered_map<std::string, Entry, TextHash, std::equal_to<>> sessions_;
    std::unordered_map<net::Address, PeerSession*> by_source_;
    std::array<int, 20> calls_in_slot_{};
    std::unique_ptr<runtime::UdpSocket> socket_;
};

Result<std::unique_ptr<WebrtcEndpoint>, runtime::UdpError> WebrtcEndpoint::open(
    runtime::AsioLoop& loop, const WebrtcEndpointOptions& options,
    std::shared_ptr<const webrtc::Identity> identity, Entropy& entropy) {
    auto network = std::make_unique<Network>(loop, options, std::move(identity), entropy);
    if (const auto opened = network->open(); !opened) {
        return fail(opened.error());
    }
    return std::unique_ptr<WebrtcEndpoint>(new WebrtcEndpoint(std::move(network)));
}

WebrtcEndpoint::WebrtcEndpoint(std::unique_ptr<Network> network) : network_(std::move(network)) {}

WebrtcEndpoint::~WebrtcEndpoint() = default;

Result<AcceptedOffer, OfferError> WebrtcEndpoint::accept(std::string_view offer_sdp) {
    return network_->accept(offer_sdp);
}

std::uint16_t WebrtcEndpoint::port() const {
    return network_->port();
}

std::size_t WebrtcEndpoint::peer_count() const {
    return network_->peer_count();
}

}  // namespace studio::adapters
