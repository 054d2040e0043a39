#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/sensitive.hpp"
#include "base/time.hpp"

namespace studio::livekit {

/// Messages of LiveKit's signalling, of the server to us and of us to the server. Everything read
/// is hostile; sizes are bounded by the WebSocket's limit on a message.

/// What a participant is.
enum class ParticipantKind : std::uint8_t { standard, ingress, egress, sip, agent, other };

/// Why a participant or we have to leave; the numbers of the protocol, of which others may come.
enum class DisconnectReason : std::int32_t {
    unknown = 0,
    client_initiated = 1,
    duplicate_identity = 2,
    server_shutdown = 3,
    participant_removed = 4,
    room_deleted = 5,
    state_mismatch = 6,
    join_failure = 7,
    migration = 8,
    signal_close = 9,
    room_closed = 10,
    user_unavailable = 11,
    user_rejected = 12,
    sip_trunk_failure = 13,
    connection_timeout = 14,
    media_failure = 15,
};

struct Track {
    std::string sid;
    /// A voice: audio, but not that of a screen.
    bool is_microphone = false;
    bool is_muted = false;
};

struct Participant {
    std::string sid;
    std::string identity;
    ParticipantKind kind = ParticipantKind::standard;
    bool is_gone = false;
    /// Its media stands.
    bool is_connected = false;
    /// Seconds of Unix time, by the server's clock.
    std::int64_t joined_at = 0;
    DisconnectReason reason = DisconnectReason::unknown;
    std::vector<Track> tracks;
    std::map<std::string, std::string> attributes;
};

struct Joined {
    Participant self;
    std::vector<Participant> others;
    seconds ping_interval{5};
    seconds ping_timeout{15};
    std::string server_version;
};
/// A resumed connection goes on.
struct Resumed {};
struct Answered {
    std::string sdp;
    std::uint32_t id = 0;
};
struct CandidateFound {
    /// "candidate:…".
    std::string line;
};
struct ParticipantsChanged {
    std::vector<Participant> participants;
};
struct TrackPublished {
    std::string cid;
    std::string sid;
};
/// Somebody hears our track for the first time.
struct TrackSubscribed {
    std::string sid;
};
struct TokenRefreshed {
    Secret<std::string> token;
};
struct PongReceived {
    std::int64_t ping_timestamp = 0;
};
/// So many more sections that receive are needed; none means: offer again.
struct SectionsNeeded {
    std::uint32_t audio = 0;
};
enum class LeaveAction : std::uint8_t { disconnect, resume, reconnect };
struct LeaveReceived {
    LeaveAction action = LeaveAction::disconnect;
    DisconnectReason reason = DisconnectReason::unknown;
};
/// Which participants' packets arrive at the server, and whose do not any more.
struct QualityChanged {
    struct One {
        std::string sid;
        bool is_lost = false;
    };
    std::vector<One> participants;
};
/// A message that is nothing to us.
struct OtherMessage {};

using SignalMessage = std::variant<Joined, Resumed, Answered, CandidateFound, ParticipantsChanged,
                                   TrackPublished, TrackSubscribed, TokenRefreshed, PongReceived,
                                   SectionsNeeded, LeaveReceived, QualityChanged, OtherMessage>;

enum class SignalError : std::uint8_t { malformed };

[[nodiscard]] Result<SignalMessage, SignalError> parse_signal(ByteView bytes);

/// What a join says.
struct JoinParameters {
    std::string_view offer_sdp;
    std::uint32_t offer_id = 1;
    /// The second token of the offer's msid.
    std::string_view track_id;
    bool is_pcmu = false;
    std::map<std::string, std::string> attributes;
};

/// Path and query of the WebSocket by which a room is entered and a voice published in one round
/// trip, or by which a lost connection is resumed.
[[nodiscard]] std::string make_join_target(const JoinParameters& join);
[[nodiscard]] std::string make_resume_target(std::string_view participant_sid);

/// Requests; binary messages of the WebSocket.
[[nodiscard]] std::string make_offer(std::string_view sdp, std::uint32_t id);
[[nodiscard]] std::string make_subscription(const std::string& participant_sid,
                                            const std::string& track_sid, bool subscribe);
[[nodiscard]] std::string make_attributes(const std::map<std::string, std::string>& attributes);
[[nodiscard]] std::string make_ping(std::int64_t timestamp, milliseconds round_trip);
[[nodiscard]] std::string make_leave();

}  // namespace studio::livekit
