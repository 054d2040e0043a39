#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/bytes.hpp"
#include "base/sensitive.hpp"
#include "base/time.hpp"
#include "protocol/livekit/call_people.hpp"
#include "protocol/livekit/signal_message.hpp"

namespace studio::livekit {

struct SignalOptions {
    Secret<std::string> token{};
    /// Whom to hear, and when the call ends.
    CallPeopleOptions people{};
    bool voice_is_pcmu = false;
    /// Of our own participant, from the start.
    std::map<std::string, std::string> attributes{};
    /// From join() to the answer.
    milliseconds join_timeout{10'000};
    /// Without media and without a room for so long, the call is lost.
    milliseconds lost_after{20'000};
    /// Whether somebody can tell if the room is still there: asked before a connection is taken up
    /// again, because a server may make the room anew for whoever enters it.
    bool asks_room = false;
    /// A room that is gone for so long does not come back. Longer than the callers of a server that
    /// was started again need to return to it, for they may make it anew.
    milliseconds room_returns_within{10'000};
    /// How long a caller counts as away only because nothing of theirs arrives at the server. Whose
    /// connection is broken is given up by the server in that time; who is still there is silent.
    milliseconds quality_believed_for{15'000};
};

/// Open a WebSocket to this target with token(); a socket that is open is closed before.
struct SignalConnect {
    std::string target;
};
/// Close the WebSocket.
struct SignalDisconnect {};
/// A binary message for the WebSocket.
struct SignalSend {
    std::string bytes;
};
struct SignalAnswer {
    std::string sdp;
};
struct SignalCandidate {
    std::string line;
};
/// Make another offer and hand it to offer().
struct SignalOfferWanted {
    std::uint32_t more_audio = 0;
    bool restart_ice = false;
};
/// The room has to be entered anew: make a new peer and call join() with its offer. Media of the
/// old one goes on until the new one stands.
struct SignalRejoin {};
/// Find out whether the room is there, and say so by room_checked().
struct SignalCheckRoom {};
/// Who the call is with came, or changed.
struct SignalCaller {
    Participant participant;
    /// The track that is heard of them.
    bool is_muted = false;
};
/// Somebody hears our voice, for the first time since the room was entered.
struct SignalSubscribed {};
/// Who is heard lost the connection and may come back, or came.
struct SignalCallerAway {
    bool is_away = true;
};

enum class SignalEndReason : std::uint8_t {
    /// leave() was called.
    local,
    /// The last of the call's people hung up.
    remote,
    /// The server gave the caller's connection up.
    caller_lost,
    /// Somebody with the right removed the caller, or us.
    caller_removed,
    removed,
    /// The room was deleted or closed.
    room_closed,
    /// Somebody joined under our identity.
    replaced,
    connection_lost,
    /// Of the first join only.
    unavailable,
    unauthorized,
    no_room,
    malformed,
};
/// The last output.
struct SignalEnded {
    SignalEndReason reason = SignalEndReason::remote;
};

using SignalOutput = std::variant<SignalConnect, SignalDisconnect, SignalSend, SignalAnswer,
                                  SignalCandidate, SignalOfferWanted, SignalRejoin, SignalCheckRoom,
                                  SignalCaller, SignalSubscribed, SignalCallerAway, SignalEnded>;

/// The signalling of one participant in one room, without socket or clock. One owner.
///
///   idle -join()-> joining --Joined--> joined <--Resumed-- resuming
///                     ^  |               |  cut, silent       ^  |
///            SignalRejoin|  failed       v                    |  | failed
///                     +--+------------ waiting ---------------+--+
///                 (media is lost, or the server says so)   (media lives)
///   any -- leave(), leave of the server, everybody gone, lost_after --> over
///
/// Where asks_room, `waiting` is left by way of `asking`: to go back where the room is there, to
/// wait again where that is not known or not so, and to be over where it is gone for good.
///
/// Media does not need the signalling: while it lives, resuming is tried for as long as it takes.
/// After every call take outputs with poll_output(), then come back at next_deadline().
class SignalSession {
public:
    explicit SignalSession(SignalOptions options);

    /// At the start, and after SignalRejoin.
    void join(std::string_view offer_sdp, std::string_view track_id, Instant now);
    /// The peer's further offer, after SignalOfferWanted.
    void offer(std::string_view sdp, Instant now);

    void handle_message(ByteView bytes, Instant now);
    /// The WebSocket ended; `http_status` where the handshake was refused, else 0.
    void handle_end(int http_status, Instant now);
    void handle_timeout(Instant now);
    /// Somebody wrote to us; true where that is somebody of the room, who takes part from then on.
    [[nodiscard]] bool handle_text(const std::string& identity);
    void media_connected();
    void media_lost(Instant now);
    /// The answer to SignalCheckRoom; nothing where it could not be found out.
    void room_checked(std::optional<bool> is_there, Instant now);

    void set_attribute(const std::string& name, std::string value);
    void leave();
    /// Whether somebody is about to join under our identity: then a cut is the end, `replaced`. The
    /// server says so before it cuts, but what it says may be lost with the connection.
    void expect_replacement(bool expected) { expects_replacement_ = expected; }

    [[nodiscard]] std::optional<SignalOutput> poll_output();
    [[nodiscard]] Deadline next_deadline() const;

    /// The newest that the server gave.
    [[nodiscard]] const Secret<std::string>& token() const { return token_; }
    [[nodiscard]] const std::string& caller_identity() const { return people_.caller_identity(); }
    [[nodiscard]] const std::string& own_identity() const { return own_identity_; }
    /// The track of the caller that is heard, and our own; empty while unknown.
    [[nodiscard]] const std::string& caller_track() const { return people_.caller_track(); }
    [[nodiscard]] const std::string& own_track() const { return own_track_; }
    /// SignalSubscribed was told since the room was entered.
    [[nodiscard]] bool is_subscribed() const { return is_subscribed_; }

private:
    enum class State : std::uint8_t { idle, joining, joined, waiting, asking, resuming, over };

    void on(const Joined& message, Instant now);
    void on(const Resumed& message, Instant now);
    void on(const Answered& message, Instant now);
    void on(const CandidateFound& message, Instant now);
    void on(const ParticipantsChanged& message, Instant now);
    void on(const TrackPublished& message, Instant now);
    void on(const TrackSubscribed& message, Instant now);
    void on(const TokenRefreshed& message, Instant now);
    void on(const PongReceived& message, Instant now);
    void on(const SectionsNeeded& message, Instant now);
    void on(const LeaveReceived& message, Instant now);
    void on_late_leave(const LeaveReceived& message, Instant now);
    void on(const QualityChanged& message, Instant now);
    void on(const OtherMessage& message, Instant now);

    void drive_people();
    void ask_offer(std::uint32_t more_audio, bool restart_ice);
    void wait(Instant now);
    void rejoin();
    void reconnect(Instant now);
    void go_back(Instant now);
    void update_away();
    void end(SignalEndReason reason);

    SignalOptions options_;
    Secret<std::string> token_;
    State state_ = State::idle;
    bool was_joined_ = false;
    bool must_rejoin_ = false;
    bool media_lives_ = false;
    bool is_answered_ = false;
    bool is_subscribed_ = false;
    bool expects_replacement_ = false;
    std::string own_sid_;
    std::string own_identity_;
    std::string own_track_;
    CallPeople people_;
    std::uint32_t offer_id_ = 0;
    bool offer_is_open_ = false;
    std::optional<SignalOfferWanted> next_offer_;
    std::map<std::string, std::string> attributes_;

    int attempts_ = 0;
    Deadline attempt_ends_at_;
    Deadline retry_at_;
    Deadline lost_at_;
    bool is_away_ = false;
    bool nothing_arrives_ = false;
    Deadline quality_counts_until_;
    bool is_quality_believed_ = true;
    Deadline room_gone_at_;
    Deadline ping_at_;
    Instant heard_at_{};
    Instant pinged_at_{};
    milliseconds round_trip_{0};
    seconds ping_interval_{5};
    seconds ping_timeout_{15};
    std::deque<SignalOutput> outputs_;
};

}  // namespace studio::livekit
