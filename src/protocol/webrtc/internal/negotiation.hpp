#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "protocol/dtls/certificate.hpp"
#include "protocol/ice/agent.hpp"
#include "protocol/ice/candidate.hpp"
#include "protocol/sdp/session_description.hpp"
#include "protocol/srtp/keying.hpp"
#include "protocol/webrtc/peer.hpp"
#include "protocol/webrtc/peer_options.hpp"

namespace studio::webrtc {

/// A payload type and what it means.
struct PayloadType {
    std::uint8_t number = 0;
    AudioCodec codec = AudioCodec::opus;
};

/// What both sides agreed on for audio.
struct NegotiatedAudio {
    /// What we send.
    PayloadType outbound;
    /// What we take.
    std::vector<PayloadType> inbound;
    /// Payload types of RFC 4733.
    std::vector<std::uint8_t> telephone_events;
    bool use_nack = false;
    bool peer_wants_fec = false;
};

struct NegotiatedChannels {
    std::uint16_t peer_port = 5000;
};

/// What the description of the other side means for us.
struct NegotiatedSession {
    ice::Credentials remote;
    bool peer_is_lite = false;
    std::vector<dtls::Fingerprint> fingerprints;
    srtp::Role dtls_role = srtp::Role::client;
    std::vector<ice::Candidate> candidates;
    NegotiatedAudio audio;
    std::optional<NegotiatedChannels> channels;
    /// The index of the audio and of the data channel section.
    std::size_t audio_section = 0;
    std::optional<std::size_t> channel_section;
};

/// What our own description says about us.
struct LocalSession {
    ice::Credentials credentials;
    std::string fingerprint;
    std::uint32_t ssrc = 0;
    std::string cname;
    std::string session_id;
    std::vector<net::Address> addresses;
};

inline constexpr std::uint16_t sctp_port = 5000;

/// Reads an offer against what we can do.
[[nodiscard]] Result<NegotiatedSession, SdpRefusal> negotiate_offer(
    const sdp::SessionDescription& offer, const PeerOptions& options);

/// The answer to that offer.
[[nodiscard]] sdp::SessionDescription make_answer(const sdp::SessionDescription& offer,
                                                  const NegotiatedSession& session,
                                                  const LocalSession& local);

/// Our own offer.
[[nodiscard]] sdp::SessionDescription make_offer_description(const OfferOptions& options,
                                                             const LocalSession& local,
                                                             Entropy& entropy);

/// Makes it the next offer: a new version, `more_audio` sections that receive, the present
/// credentials.
void extend_offer(sdp::SessionDescription& offer, std::size_t more_audio,
                  const OfferOptions& options, const LocalSession& local);

/// Reads the answer to our offer.
[[nodiscard]] Result<NegotiatedSession, SdpRefusal> negotiate_answer(
    const sdp::SessionDescription& offer, const sdp::SessionDescription& answer,
    const OfferOptions& options);

}  // namespace studio::webrtc
