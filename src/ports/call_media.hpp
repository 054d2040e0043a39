#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "audio/frame.hpp"
#include "base/interface.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "core/call/phone_context.hpp"
#include "ports/call_room.hpp"

namespace studio {

/// How the 20 ms that the session hears came to be.
enum class FrameOrigin : std::uint8_t {
    /// Decoded from a packet of the caller.
    received,
    /// Made up in place of a packet that was lost or late.
    concealed,
    /// The caller sent nothing (discontinuous transmission, before the first packet): zeros.
    silence,
};

struct InboundFrame {
    audio::Frame frame;
    FrameOrigin origin = FrameOrigin::silence;
    /// When its last sample was captured, on our clock: from RTP time, so that network jitter and
    /// the jitter buffer count as delay. Not meaningful for silence.
    Instant captured_at{};
};

enum class MediaCloseReason : std::uint8_t {
    /// The session closed it.
    local,
    /// The peer said goodbye: the caller hung up.
    remote,
    /// ICE consent or DTLS was lost.
    connection_lost,
    /// It never connected within the time allowed.
    never_connected,
    /// The peer broke the protocol (wrong fingerprint, no common codec).
    failed,
    /// Another connection under the same identity took its place: the call goes on elsewhere.
    replaced,
    // Of calls in rooms, as the media server tells.
    /// The caller's connection broke and did not come back.
    caller_lost,
    /// Somebody with the right removed the caller.
    caller_removed,
    /// The room was deleted or closed.
    room_closed,
    /// Somebody with the right removed us.
    dismissed,
};

/// Media flows from now on; frames start.
struct MediaConnected {};
/// A text message from the peer's data channel. Hostile: at most 16 KiB, any content.
struct MediaMessage {
    std::string text;
};
/// A telephone key: 0-9, *, #, A-D.
struct MediaDigit {
    char digit = '0';
};
/// The caller's connection broke, and may come back: until `is_away` is told as false nothing that
/// is said is heard.
struct MediaCallerAway {
    bool is_away = true;
};
/// Whether anybody receives what the agent says yet. Media that cannot tell never raise it, and
/// count as received.
struct MediaSubscribed {
    bool is_subscribed = true;
};
/// Somebody of the call's people wrote to the agent in the room's chat. Hostile: at most 64 KiB,
/// any content.
struct MediaText {
    std::string text;
};
/// The last event; no frame follows.
struct MediaClosed {
    MediaCloseReason reason = MediaCloseReason::remote;
};

using MediaEvent = std::variant<MediaConnected, MediaMessage, MediaDigit, MediaText,
                                MediaCallerAway, MediaSubscribed, MediaClosed>;

/// Somebody of a call in a room: who the other side is, where that is known.
struct MediaParticipant {
    std::string identity;
    /// Of a telephone, and of nobody else.
    std::optional<core::PhoneContext> phone;
    /// What an agent shows of itself; a caller of ours sees it.
    std::optional<MediaAgentState> agent_state;
    /// Its media stands, so that it hears what is said.
    bool is_connected = false;
    /// They switched their microphone off: nothing is sent, and everything is heard.
    bool is_muted = false;
};

/// Whoever holds the call: hears of its media, on the media's loop.
class CallMediaListener : public Interface {
public:
    virtual void on_media_event(const MediaEvent& event) = 0;
    /// The other side came, or changed; of calls in rooms only.
    virtual void on_media_participant(const MediaParticipant& /*participant*/) {}

    /// Once every 20 ms while connected: takes what was heard and gives what to say. True where
    /// `outbound` was filled; false means silence, for which nothing is sent although RTP time goes
    /// on. `now` is the moment at which a filled frame goes out. Must return well within 1 ms.
    virtual bool on_media_frame(const InboundFrame& inbound, audio::Frame& outbound,
                                Instant now) = 0;
};

/// Cumulative since the start of the call.
struct MediaStats {
    std::uint64_t packets_received = 0;
    std::uint64_t packets_lost = 0;
    std::uint64_t packets_sent = 0;
    std::uint64_t frames_concealed = 0;
    /// 20 ms ticks that ran more than 10 ms after their time.
    std::uint64_t frames_late = 0;
    /// Those of them that ran more than 40 ms after it: longer than receivers buffer, so that the
    /// caller heard a gap. Ticks that were left out count, too.
    std::uint64_t frames_gapped = 0;
    /// RFC 3550, section 6.4.1, smoothed.
    microseconds jitter{0};
    /// From RTCP, zero while unknown.
    microseconds round_trip{0};
    /// The jitter buffer's present delay.
    milliseconds buffer_delay{0};
};

/// The voice connection of one call. Made and used on the call's loop only. Destroying it closes it
/// without an event.
class CallMedia : public Interface {
public:
    /// Starts events and frames; once. `listener` outlives the media or its closing.
    virtual void start(CallMediaListener& listener) = 0;
    /// Sends a text message on the events channel; it waits, within bounds, until that is open.
    virtual void send_message(std::string_view text) = 0;
    /// What the call has beside its voice where it is in a room; null for one without. It lives as
    /// long as the media.
    [[nodiscard]] virtual CallRoom* room() { return nullptr; }
    /// Says goodbye to the peer; MediaClosed{local} follows.
    virtual void close() = 0;
    [[nodiscard]] virtual MediaStats stats() const = 0;
};

/// What an SDP offer was answered with.
struct AcceptedOffer {
    std::unique_ptr<CallMedia> media;
    /// application/sdp, CRLF line ends.
    std::string answer_sdp;
};

enum class OfferError : std::uint8_t {
    /// The SDP cannot be read. The caller's fault.
    malformed,
    /// It can be read, but has no audio, codec, fingerprint or ICE credentials that we can use.
    unsupported,
    /// No room for another peer on this loop. May succeed later.
    full,
};

/// Calls without a room in between: a browser, an app or our own command line offers WebRTC
/// directly. One per loop, used on that loop only.
class DirectMedia : public Interface {
public:
    [[nodiscard]] virtual Result<AcceptedOffer, OfferError> accept(std::string_view offer_sdp) = 0;
};

}  // namespace studio
