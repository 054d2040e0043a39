#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "protocol/dtls/endpoint.hpp"
#include "protocol/ice/agent.hpp"
#include "protocol/net/address.hpp"
#include "protocol/sdp/session_description.hpp"
#include "protocol/webrtc/internal/audio_transport.hpp"
#include "protocol/webrtc/internal/channel_transport.hpp"
#include "protocol/webrtc/internal/negotiation.hpp"
#include "protocol/webrtc/internal/output_queue.hpp"
#include "protocol/webrtc/peer.hpp"

namespace studio::webrtc {

/// The inside of Peer: passes datagrams to the machine that they are for, and what one machine puts
/// out to the next.
///
///   datagram ─┬─ STUN ──> ice::Agent ── selected ──> starts
///             ├─ DTLS ──> dtls::Endpoint ── keys ──> AudioTransport
///             │                └── records <──> ChannelTransport
///             └─ SRTP ──> AudioTransport ──> OutputQueue <── all others
class PeerCore {
public:
    PeerCore(const PeerOptions& options, ice::AgentOptions agent, LocalSession local, Instant now);

    void set_session(NegotiatedSession session, Instant now);
    void set_offer(OfferOptions options, sdp::SessionDescription offer);

    [[nodiscard]] const std::string& renegotiate(const Renegotiation& change);
    [[nodiscard]] Result<void, SdpRefusal> handle_answer(std::string_view text, Instant now);
    void add_remote_candidate(std::string_view line, Instant now);
    void handle_datagram(const net::Address& source, std::span<std::uint8_t> datagram, Instant now);
    void handle_timeout(Instant now);
    bool send_audio(ByteView payload, std::uint64_t media_time, bool marker, Instant now);
    bool send(std::string_view label, sctp::MessageKind kind, ByteView bytes, Instant now);
    void close(Instant now);
    [[nodiscard]] std::optional<PeerOutput> poll_output() { return outputs_.poll(); }
    [[nodiscard]] Deadline next_deadline() const;

    [[nodiscard]] const LocalSession& local() const { return local_; }
    [[nodiscard]] const std::string& offer_sdp() const { return offer_sdp_; }
    [[nodiscard]] PeerStats stats() const;

private:
    void pump(Instant now);
    void pump_ice(Instant now);
    void pump_dtls(Instant now);
    void on_keys(const srtp::Keying& keying, Instant now);
    void finish(CloseReason reason);
    void start_dtls(Instant now);
    void update_session(NegotiatedSession session, Instant now);

    PeerOptions options_;
    LocalSession local_;
    Instant started_at_;
    ice::AgentOptions agent_options_;
    // Replaced by a new one when ICE restarts.
    std::optional<ice::Agent> agent_;
    bool restarts_ice_ = false;
    // By then a restart has found a path.
    Deadline restarted_by_;
    // Of an offerer.
    OfferOptions offer_options_;
    sdp::SessionDescription offer_;
    std::string offer_sdp_;
    // The newest offer has no answer yet.
    bool answer_is_due_ = false;

    std::optional<NegotiatedSession> session_;
    std::optional<dtls::Endpoint> dtls_;
    bool dtls_started_ = false;
    std::optional<AudioTransport> audio_;
    std::optional<ChannelTransport> channels_;
    // Where DTLS and media go: what ICE selected, before that where the peer's DTLS came from.
    net::Address remote_;
    bool closed_ = false;
    std::uint64_t refused_ = 0;
    OutputQueue outputs_;
};

}  // namespace studio::webrtc
