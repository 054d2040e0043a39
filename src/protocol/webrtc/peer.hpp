#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "protocol/net/address.hpp"
#include "protocol/webrtc/peer_options.hpp"
#include "protocol/webrtc/peer_output.hpp"

namespace studio::webrtc {

class PeerCore;
class Peer;

enum class SdpRefusal : std::uint8_t {
    /// The SDP cannot be read.
    malformed,
    /// It can be read, but lacks an audio section, codec, fingerprint, ICE credentials, BUNDLE or
    /// rtcp-mux that we can use.
    unsupported,
};

struct AcceptedPeer;

/// One WebRTC connection: ICE, DTLS, SRTP, RTCP and data channels as one machine without sockets or
/// clock. One owner, one thread.
///
///        accept / make_offer+handle_answer          ICE pair + DTLS + keys
///   new ───────────────────────────────> connecting ──────────────────────> connected
///                                            │ connect_timeout, failed          │ close(), remote,
///                                            └───────────> closed <─────────────┘ consent lost
///
/// Driving: after every call that takes `now`, take outputs with poll_output() until there is none,
/// then come back at next_deadline() with handle_timeout(). `now` never goes back.
///
/// Routing on a socket that several peers share: datagrams whose first byte is 0..3 (STUN) that
/// have a target user name go to the peer whose local_ufrag() equals parse_target_ufrag(datagram);
/// all others go by source address, as announced by AddressLearned. A datagram given to the wrong
/// peer does no harm.
class Peer final {
public:
    /// Answers the offer of a browser, an app or our own caller: ICE-lite, controlled, audio in
    /// both directions plus data channels; every other section is refused with port 0. The answer
    /// is complete (no trickle from us); candidates in the offer are not needed.
    [[nodiscard]] static Result<AcceptedPeer, SdpRefusal> accept(std::string_view offer_sdp,
                                                                 const PeerOptions& options,
                                                                 Instant now);

    /// Starts a connection of our own: full ICE, controlling. offer_sdp() is what to send to the
    /// other side; `connect_timeout` counts from here. Precondition: options within their ranges.
    [[nodiscard]] static std::unique_ptr<Peer> make_offer(const OfferOptions& options, Instant now);

    explicit Peer(std::unique_ptr<PeerCore> core);
    ~Peer();
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    /// Offerer: a further offer, to be sent like the first and answered through handle_answer. One
    /// at a time. Sections beyond 24 are not added. The view is valid until the next offer.
    [[nodiscard]] const std::string& renegotiate(const Renegotiation& change);

    /// Offerer: the other side's answer to the newest offer, once each; checks start with the
    /// candidates that it carries and with those that add_remote_candidate brings, before or after.
    [[nodiscard]] Result<void, SdpRefusal> handle_answer(std::string_view answer_sdp, Instant now);
    /// Offerer: a trickled candidate line ("candidate:…", with or without "a="). TCP, host names
    /// and what cannot be read are ignored; at most 32 addresses count.
    void add_remote_candidate(std::string_view line, Instant now);

    /// A datagram from the socket. The bytes are decrypted in place and may be changed.
    void handle_datagram(const net::Address& source, std::span<std::uint8_t> datagram, Instant now);
    void handle_timeout(Instant now);

    /// Sends one audio packet of the negotiated codec. `media_time` counts units of its clock since
    /// the start of the call and goes on through silence; sequence, SSRC and encryption are ours.
    /// False, and nothing sent, unless connected and 1..1200 bytes. `marker` on the first packet
    /// after silence (RFC 3551, section 4.1).
    bool send_audio(ByteView payload, std::uint64_t media_time, bool marker, Instant now);
    /// Sends a reliable, ordered text message on the open channel of that label. False, and nothing
    /// sent, where there is none, the text is over 16 KiB or the peer lags 128 KiB behind.
    bool send_message(std::string_view label, std::string_view text, Instant now);
    /// The same as a binary message.
    bool send_binary(std::string_view label, ByteView bytes, Instant now);
    /// Says goodbye (RTCP BYE, DTLS close_notify); Closed{local} and the last Transmits follow.
    void close(Instant now);

    [[nodiscard]] std::optional<PeerOutput> poll_output();
    [[nodiscard]] Deadline next_deadline() const;

    /// The part before the colon of the user name in checks that are meant for this peer.
    [[nodiscard]] const std::string& local_ufrag() const;
    /// Of make_offer; empty for an accepted peer.
    [[nodiscard]] const std::string& offer_sdp() const;
    [[nodiscard]] PeerStats stats() const;

private:
    std::unique_ptr<PeerCore> core_;
};

struct AcceptedPeer {
    std::unique_ptr<Peer> peer;
    /// application/sdp with CRLF line ends.
    std::string answer_sdp;
};

/// The local user name fragment for which a STUN binding request is meant; nothing for any other
/// datagram. Checks form, not authenticity. The view points into the datagram.
[[nodiscard]] std::optional<std::string_view> parse_target_ufrag(ByteView datagram);

}  // namespace studio::webrtc
