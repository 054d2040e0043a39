#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "protocol/net/address.hpp"
#include "protocol/sdp/audio_codec.hpp"

namespace studio::webrtc {

/// Views in outputs point into the peer and are valid until the next call to it.

/// Send these bytes as one UDP datagram. A send that fails is the network's loss: ignore it.
struct Transmit {
    net::Address destination;
    ByteView bytes;
};

/// The peer proved by its ICE password that it speaks from this address. The driver of a shared
/// socket may from now on route datagrams of that source to this peer. At most 32 per peer.
struct AddressLearned {
    net::Address address;
};

/// ICE, DTLS and keys are ready: audio may be sent. Once.
struct Connected {
    /// What was negotiated for sending; the peer may send any codec of the answer.
    sdp::AudioCodec codec = sdp::AudioCodec::opus;
    /// The peer said `useinbandfec=1`: worth encoding with forward error correction.
    bool peer_wants_fec = false;
};

/// One RTP packet of audio, authentic, not a repeat, in order of arrival (not of sequence).
struct AudioReceived {
    std::uint32_t ssrc = 0;
    sdp::AudioCodec codec = sdp::AudioCodec::opus;
    std::uint16_t sequence = 0;
    /// In units of clock_rate_hz(codec).
    std::uint32_t timestamp = 0;
    bool marker = false;
    /// Hostile content for the decoder; never empty.
    ByteView payload;
};

/// A telephone key was pressed (RFC 4733): 0-9, *, #, A-D. Once for each press.
struct DigitReceived {
    char digit = '0';
};

/// A data channel is open, by either side; from now on send_message with this label arrives.
struct ChannelOpened {
    std::string_view label;
};

/// One whole message of a data channel: hostile, at most 16 KiB.
struct MessageReceived {
    std::string_view label;
    ByteView data;
    /// Sent as text (UTF-8 by the protocol, unchecked) rather than as binary.
    bool is_text = true;
};

enum class CloseReason : std::uint8_t {
    /// close() was called.
    local,
    /// The peer closed DTLS, or ended its RTP stream with BYE and DTLS.
    remote,
    /// No consent for `consent_timeout`.
    connection_lost,
    /// `connect_timeout` passed first.
    never_connected,
    /// The peer broke the protocol: wrong fingerprint, failed handshake, no common SRTP profile.
    failed,
};

/// The last output apart from Transmit: goodbyes may still follow. Once.
struct Closed {
    CloseReason reason = CloseReason::local;
};

using PeerOutput = std::variant<Transmit, AddressLearned, Connected, AudioReceived, DigitReceived,
                                ChannelOpened, MessageReceived, Closed>;

/// Cumulative since the start.
struct PeerStats {
    std::uint64_t packets_sent = 0;
    std::uint64_t packets_received = 0;
    /// Expected minus received over all streams, RFC 3550, appendix A.3; never negative here.
    std::uint64_t packets_lost = 0;
    /// Sent again because the peer asked for them.
    std::uint64_t packets_resent = 0;
    /// Datagrams that were no valid part of this connection (bad authentication, wrong source,
    /// noise).
    std::uint64_t datagrams_refused = 0;
    /// Of the newest stream, RFC 3550, section 6.4.1.
    microseconds jitter{0};
    /// From RTCP, or from ICE checks before the first report; zero while unknown.
    microseconds round_trip{0};
    /// What the peer last reported of our stream: lost share 0..1.
    double reported_loss = 0.0;
    /// Where we send to; empty until ICE has chosen.
    net::Address selected_remote;
};

}  // namespace studio::webrtc
