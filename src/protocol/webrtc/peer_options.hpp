#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/entropy.hpp"
#include "base/time.hpp"
#include "protocol/net/address.hpp"
#include "protocol/sdp/audio_codec.hpp"
#include "protocol/sdp/session_description.hpp"

namespace studio::webrtc {

using sdp::AudioCodec;
using sdp::clock_rate_hz;

/// Our DTLS certificate (ECDSA P-256, self-signed) with its key. Made once per process (0.2 ms) and
/// shared by every peer; immutable, so any thread may read it. Opaque: only Peer uses it.
class Identity;

/// A fresh certificate. Aborts where the crypto library has no randomness.
[[nodiscard]] std::shared_ptr<const Identity> make_identity();

/// What both roles need. `entropy` is borrowed and outlives the peer; it feeds ICE credentials,
/// transaction ids, SSRC and sequence numbers (the DTLS keys come from OpenSSL's own generator).
struct PeerOptions {
    std::shared_ptr<const Identity> identity;
    Entropy* entropy = nullptr;
    /// The addresses at which the driver's socket is reached: our host candidates, at most 8. Only
    /// remote candidates of a family that occurs here are used.
    std::vector<net::Address> local_addresses;
    /// What we can speak, best first. The answer takes the first of these that the offer has.
    std::vector<AudioCodec> codecs = {AudioCodec::opus, AudioCodec::pcmu, AudioCodec::pcma};
    /// From the start until ICE, DTLS and keys are ready; then Closed{never_connected}.
    milliseconds connect_timeout{20'000};
    /// Without an answered consent check for this long the peer is lost (RFC 7675, section 5.1: 30
    /// s).
    milliseconds consent_timeout{30'000};
    /// The civil time at the `now` of the start, for the NTP times of sender reports.
    WallTime wall_at_start{};
    /// Whether lost packets are asked for and sent again (RFC 4585 generic NACK), where the peer
    /// agrees to it in SDP.
    bool use_nack = true;
};

using sdp::Direction;

/// One audio section of our offer.
struct AudioSection {
    Direction direction = Direction::sendrecv;
    /// The two tokens of `a=msid`, for a section that sends. A LiveKit room wants its track's `cid`
    /// as `track_id`. Letters, digits and .-_ only; made up where empty.
    std::string stream_id;
    std::string track_id;
    /// What is offered here, best first; empty for PeerOptions::codecs.
    std::vector<AudioCodec> codecs = {};
};

struct OfferOptions {
    PeerOptions peer;
    /// At least one; only the first that sends carries our voice. At most 8. What is received on
    /// any of them arrives as AudioReceived with its own `ssrc`.
    std::vector<AudioSection> audio = {AudioSection{}};
    /// The labels of the data channels that we open; none leaves `m=application` out. At most 4.
    std::vector<std::string> channel_labels = {"events"};
    /// The longest data channel message that we take; a longer one ends the association.
    std::uint32_t message_bytes_max = 16 * 1024;
};

/// What a later offer of ours changes.
struct Renegotiation {
    /// Audio sections that only receive, added behind the present ones.
    std::size_t more_audio = 0;
    /// New ICE credentials and checks; media goes on over the old path until there is a new one.
    bool restart_ice = false;
};

}  // namespace studio::webrtc
