#include "protocol/webrtc/internal/peer_core.hpp"

#include <utility>
#include <variant>

#include "protocol/rtp/demux.hpp"
#include "protocol/webrtc/internal/identity.hpp"

namespace studio::webrtc {
namespace {

CloseReason reason_of(dtls::CloseReason reason) {
    switch (reason) {
        case dtls::CloseReason::remote:
            return CloseReason::remote;
        case dtls::CloseReason::local:
            return CloseReason::local;
        case dtls::CloseReason::timeout:
            return CloseReason::never_connected;
        case dtls::CloseReason::wrong_fingerprint:
        case dtls::CloseReason::failed:
            break;
    }
    return CloseReason::failed;
}

}  // namespace

PeerCore::PeerCore(const PeerOptions& options, ice::AgentOptions agent, LocalSession local,
                   Instant now)
    : options_(options),
      local_(std::move(local)),
      started_at_(now),
      agent_options_(std::move(agent)) {
    agent_.emplace(agent_options_, *options_.entropy);
    offer_options_.channel_labels.clear();  // Who answers opens no channel.
}

void PeerCore::set_offer(OfferOptions options, sdp::SessionDescription offer) {
    offer_options_ = std::move(options);
    offer_ = std::move(offer);
    offer_sdp_ = sdp::serialize_description(offer_);
    answer_is_due_ = true;
}

void PeerCore::set_session(NegotiatedSession session, Instant now) {
    session_ = std::move(session);
    dtls::EndpointOptions options;
    options.role = session_->dtls_role;
    options.peer_fingerprints = session_->fingerprints;
    options.handshake_timeout = options_.connect_timeout;
    dtls_.emplace(options_.identity->context(), options);
    agent_->set_remote(session_->remote, now);
    for (const ice::Candidate& candidate : session_->candidates) {
        agent_->add_candidate(candidate, now);
    }
    agent_->handle_timeout(now);
    pump(now);
}

Result<void, SdpRefusal> PeerCore::handle_answer(std::string_view text, Instant now) {
    if (closed_ || !answer_is_due_) {
        return fail(SdpRefusal::unsupported);
    }
    const auto answer = sdp::parse_description(text);
    if (!answer) {
        return fail(SdpRefusal::malformed);
    }
    auto session = negotiate_answer(offer_, *answer, offer_options_);
    if (!session) {
        return fail(session.error());
    }
    answer_is_due_ = false;
    if (session_) {
        update_session(std::move(*session), now);
    } else {
        set_session(std::move(*session), now);
    }
    return {};
}

const std::string& PeerCore::renegotiate(const Renegotiation& change) {
    if (closed_ || offer_sdp_.empty()) {
        return offer_sdp_;
    }
    if (change.restart_ice) {
        restarts_ice_ = true;
        local_.credentials = ice::make_credentials(*options_.entropy);
    }
    extend_offer(offer_, change.more_audio, offer_options_, local_);
    offer_sdp_ = sdp::serialize_description(offer_);
    answer_is_due_ = true;
    return offer_sdp_;
}

void PeerCore::update_session(NegotiatedSession session, Instant now) {
    const bool is_restarted = restarts_ice_ || session.remote.ufrag != session_->remote.ufrag;
    session_->audio = std::move(session.audio);
    session_->remote = session.remote;
    if (audio_) {
        audio_->update(session_->audio);
    }
    if (is_restarted) {
        // RFC 8445, section 9: what was selected carries on until the new checks have selected.
        restarts_ice_ = false;
        restarted_by_ = now + options_.consent_timeout;
        agent_options_.local = local_.credentials;
        agent_.emplace(agent_options_, *options_.entropy);
        agent_->set_remote(std::move(session.remote), now);
    }
    for (const ice::Candidate& candidate : session.candidates) {
        agent_->add_candidate(candidate, now);
    }
    agent_->handle_timeout(now);
    pump(now);
}

void PeerCore::add_remote_candidate(std::string_view line, Instant now) {
    if (closed_) {
        return;
    }
    if (const auto candidate = ice::parse_candidate(line)) {
        agent_->add_candidate(*candidate, now);
        agent_->handle_timeout(now);
        pump(now);
    }
}

void PeerCore::handle_datagram(const net::Address& source, std::span<std::uint8_t> datagram,
                               Instant now) {
    if (closed_) {
        return;
    }
    const rtp::DatagramKind kind = rtp::classify(datagram);
    if (kind == rtp::DatagramKind::stun) {
        agent_->handle_datagram(source, datagram, now);
        agent_->handle_timeout(now);  // A triggered check goes out at once.
        pump(now);
        return;
    }
    // Nobody but the peer speaks from an address where it has proved to know its ICE password.
    if (kind == rtp::DatagramKind::unknown || !dtls_ ||
        (!agent_->is_learned(source) && !(restarted_by_ && source == remote_))) {
        ++refused_;
        return;
    }
    if (kind == rtp::DatagramKind::dtls) {
        if (!agent_->selected()) {
            remote_ = source;
        }
        start_dtls(now);
        dtls_->handle_datagram(datagram, now);
    } else if (!audio_) {
        ++refused_;  // Media may overtake the end of the handshake; it cannot be opened yet.
    } else if (kind == rtp::DatagramKind::rtp) {
        audio_->handle_rtp(datagram, now, outputs_);
    } else {
        audio_->handle_rtcp(datagram, remote_, now, outputs_);
    }
    pump(now);
}

void PeerCore::handle_timeout(Instant now) {
    if (closed_) {
        return;
    }
    if (!audio_ && now >= started_at_ + options_.connect_timeout) {
        finish(CloseReason::never_connected);
        return;
    }
    if (restarted_by_ && now >= *restarted_by_) {
        finish(CloseReason::connection_lost);
        return;
    }
    agent_->handle_timeout(now);
    if (dtls_) {
        dtls_->handle_timeout(now);
    }
    if (channels_) {
        channels_->handle_timeout(now);
    }
    if (audio_) {
        audio_->handle_timeout(remote_, now, outputs_);
    }
    pump(now);
}

bool PeerCore::send_audio(ByteView payload, std::uint64_t media_time, bool marker, Instant now) {
    return !closed_ && audio_ && audio_->send(payload, media_time, marker, remote_, now, outputs_);
}

bool PeerCore::send(std::string_view label, sctp::MessageKind kind, ByteView bytes, Instant now) {
    if (closed_ || !channels_ || !channels_->send(label, kind, bytes, now)) {
        return false;
    }
    pump(now);
    return true;
}

void PeerCore::close(Instant now) {
    if (closed_) {
        return;
    }
    if (audio_) {
        audio_->say_goodbye(remote_, now, outputs_);
    }
    if (channels_) {
        channels_->close();
        channels_->pump(outputs_);
    }
    if (dtls_ && dtls_started_) {
        dtls_->close();
    }
    pump(now);
    finish(CloseReason::local);
}

void PeerCore::pump(Instant now) {
    pump_ice(now);
    if (channels_ && !closed_) {
        channels_->pump(outputs_);
    }
    if (dtls_ && !closed_) {
        pump_dtls(now);
    }
}

void PeerCore::pump_ice(Instant now) {
    while (const auto datagram = agent_->poll_datagram()) {
        outputs_.transmit(datagram->destination, datagram->bytes);
    }
    while (const auto event = agent_->poll_event()) {
        if (const auto* selected = std::get_if<ice::Selected>(&*event)) {
            remote_ = selected->remote;
            restarted_by_.reset();
            if (dtls_) {
                start_dtls(now);
            }
        } else if (const auto* learned = std::get_if<ice::Learned>(&*event)) {
            outputs_.event(AddressLearned{learned->remote});
        } else {
            finish(CloseReason::connection_lost);
            return;
        }
    }
}

void PeerCore::start_dtls(Instant now) {
    if (!dtls_started_) {
        dtls_started_ = true;
        dtls_->start(now);
    }
}

void PeerCore::pump_dtls(Instant now) {
    while (const auto event = dtls_->poll_event()) {
        if (const auto* connected = std::get_if<dtls::Connected>(&*event)) {
            on_keys(connected->keying, now);
        } else if (const auto* received = std::get_if<dtls::Received>(&*event)) {
            if (channels_) {
                channels_->handle_packet(received->data, now);
                channels_->pump(outputs_);
            }
        } else if (const auto* ended = std::get_if<dtls::Closed>(&*event)) {
            // The alert that goes with the end is still to be sent.
            while (const auto datagram = dtls_->poll_datagram()) {
                outputs_.transmit(remote_, *datagram);
            }
            finish(reason_of(ended->reason));
            return;
        }
    }
    while (const auto datagram = dtls_->poll_datagram()) {
        outputs_.transmit(remote_, *datagram);
    }
}

void PeerCore::on_keys(const srtp::Keying& keying, Instant now) {
    auto session = srtp::SrtpSession::make(keying);
    if (!session) {
        finish(CloseReason::failed);
        return;
    }
    AudioTransport::Options options;
    options.audio = session_->audio;
    options.ssrc = local_.ssrc;
    options.cname = local_.cname;
    options.wall_now = options_.wall_at_start + duration_cast<milliseconds>(now - started_at_);
    audio_.emplace(std::move(*session), options, *options_.entropy, now);
    outputs_.event(Connected{session_->audio.outbound.codec, session_->audio.peer_wants_fec});
    if (session_->channels) {
        channels_.emplace(*session_, offer_options_, *dtls_, *options_.entropy, now);
        channels_->pump(outputs_);
    }
}

void PeerCore::finish(CloseReason reason) {
    if (!closed_) {
        closed_ = true;
        outputs_.event(Closed{reason});
    }
}

Deadline PeerCore::next_deadline() const {
    if (closed_) {
        return std::nullopt;
    }
    Deadline next = earlier(agent_->next_deadline(), restarted_by_);
    if (!audio_) {
        next = earlier(next, started_at_ + options_.connect_timeout);
    } else {
        next = earlier(next, audio_->next_deadline());
    }
    if (dtls_) {
        next = earlier(next, dtls_->next_deadline());
    }
    if (channels_) {
        next = earlier(next, channels_->next_deadline());
    }
    return next;
}

PeerStats PeerCore::stats() const {
    PeerStats stats;
    stats.round_trip = agent_->round_trip();
    stats.datagrams_refused = refused_ + agent_->refused();
    stats.selected_remote = agent_->selected().value_or(net::Address());
    if (audio_) {
        audio_->add_stats(stats);
        stats.datagrams_refused += audio_->refused();
    }
    return stats;
}

}  // namespace studio::webrtc
