#include "protocol/webrtc/peer.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "protocol/stun/message.hpp"
#include "protocol/webrtc/internal/identity.hpp"
#include "protocol/webrtc/internal/peer_core.hpp"

namespace studio::webrtc {
namespace {

constexpr std::size_t local_addresses_max = 8;

LocalSession make_local(const PeerOptions& options) {
    STUDIO_CHECK(options.identity != nullptr && options.entropy != nullptr,
                 "a peer has an identity and entropy");
    STUDIO_CHECK(!options.codecs.empty() && options.local_addresses.size() <= local_addresses_max,
                 "peer options are within their ranges");
    LocalSession local;
    local.credentials = ice::make_credentials(*options.entropy);
    local.fingerprint = dtls::serialize_fingerprint(options.identity->fingerprint());
    local.ssrc = options.entropy->u32();
    local.cname = options.entropy->text(16);
    // RFC 8829, section 5.2.1: below 2^63.
    local.session_id = std::to_string(options.entropy->u64() >> 2U);
    local.addresses = options.local_addresses;
    return local;
}

ice::AgentOptions agent_options(const PeerOptions& options, const LocalSession& local,
                                ice::Mode mode) {
    ice::AgentOptions agent;
    agent.mode = mode;
    agent.controlling = mode == ice::Mode::full;
    agent.local = local.credentials;
    agent.has_v4 = std::ranges::any_of(options.local_addresses, &net::Address::is_v4);
    agent.has_v6 = std::ranges::any_of(options.local_addresses, &net::Address::is_v6);
    agent.consent_timeout = options.consent_timeout;
    return agent;
}

}  // namespace

std::shared_ptr<const Identity> make_identity() {
    auto certificate = dtls::Certificate::make();
    STUDIO_CHECK(certificate.has_value(), "OpenSSL makes certificates");
    auto context = dtls::Context::make(*certificate);
    STUDIO_CHECK(context.has_value(), "the OpenSSL that we run with does DTLS as we need it");
    return std::make_shared<const Identity>(std::move(*certificate), std::move(*context));
}

Result<AcceptedPeer, SdpRefusal> Peer::accept(std::string_view offer_sdp,
                                              const PeerOptions& options, Instant now) {
    const auto offer = sdp::parse_description(offer_sdp);
    if (!offer) {
        return fail(SdpRefusal::malformed);
    }
    auto session = negotiate_offer(*offer, options);
    if (!session) {
        return fail(session.error());
    }
    LocalSession local = make_local(options);
    std::string answer = sdp::serialize_description(make_answer(*offer, *session, local));
    ice::AgentOptions agent = agent_options(options, local, ice::Mode::lite);
    auto core = std::make_unique<PeerCore>(options, std::move(agent), std::move(local), now);
    core->set_session(std::move(*session), now);
    return AcceptedPeer{std::make_unique<Peer>(std::move(core)), std::move(answer)};
}

std::unique_ptr<Peer> Peer::make_offer(const OfferOptions& options, Instant now) {
    STUDIO_CHECK(
        !options.audio.empty() && options.audio.size() <= 8 && options.channel_labels.size() <= 4,
        "offer options are within their ranges");
    LocalSession local = make_local(options.peer);
    sdp::SessionDescription offer = make_offer_description(options, local, *options.peer.entropy);
    ice::AgentOptions agent = agent_options(options.peer, local, ice::Mode::full);
    auto core = std::make_unique<PeerCore>(options.peer, std::move(agent), std::move(local), now);
    core->set_offer(options, std::move(offer));
    return std::make_unique<Peer>(std::move(core));
}

Peer::Peer(std::unique_ptr<PeerCore> core) : core_(std::move(core)) {}
Peer::~Peer() = default;

Result<void, SdpRefusal> Peer::handle_answer(std::string_view answer_sdp, Instant now) {
    return core_->handle_answer(answer_sdp, now);
}

void Peer::add_remote_candidate(std::string_view line, Instant now) {
    core_->add_remote_candidate(line, now);
}

void Peer::handle_datagram(const net::Address& source, std::span<std::uint8_t> datagram,
                           Instant now) {
    core_->handle_datagram(source, datagram, now);
}

void Peer::handle_timeout(Instant now) {
    core_->handle_timeout(now);
}

bool Peer::send_audio(ByteView payload, std::uint64_t media_time, bool marker, Instant now) {
    return core_->send_audio(payload, media_time, marker, now);
}

const std::string& Peer::renegotiate(const Renegotiation& change) {
    return core_->renegotiate(change);
}

bool Peer::send_binary(std::string_view label, ByteView bytes, Instant now) {
    return core_->send(label, sctp::MessageKind::binary, bytes, now);
}

bool Peer::send_message(std::string_view label, std::string_view text, Instant now) {
    return core_->send(label, sctp::MessageKind::text, bytes_of(text), now);
}

void Peer::close(Instant now) {
    core_->close(now);
}

std::optional<PeerOutput> Peer::poll_output() {
    return core_->poll_output();
}

Deadline Peer::next_deadline() const {
    return core_->next_deadline();
}

const std::string& Peer::local_ufrag() const {
    return core_->local().credentials.ufrag;
}

const std::string& Peer::offer_sdp() const {
    return core_->offer_sdp();
}

PeerStats Peer::stats() const {
    return core_->stats();
}

std::optional<std::string_view> parse_target_ufrag(ByteView datagram) {
    if (datagram.empty() || datagram[0] > 3) {
        return std::nullopt;
    }
    const auto message = stun::parse_message(datagram);
    if (!message || message->message_class != stun::MessageClass::request || !message->username) {
        return std::nullopt;
    }
    const std::size_t colon = message->username->find(':');
    if (colon == 0 || colon == std::string_view::npos) {
        return std::nullopt;
    }
    return message->username->substr(0, colon);
}

}  // namespace studio::webrtc
