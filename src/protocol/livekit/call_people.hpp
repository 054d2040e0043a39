#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "protocol/livekit/signal_message.hpp"

namespace studio::livekit {

struct CallPeopleOptions {
    /// The identity that was given to whom the call is for; empty where nobody gave one.
    std::string caller_identity{};
    /// The call is carried on: whoever is in the room may be all that is left of it.
    bool may_lack_caller = false;
    /// We are a caller ourselves: the agent is heard, and another is waited for where it goes.
    bool hears_agents = false;
    /// People heard at once, the caller among them; 1 hears the caller alone.
    std::size_t heard_max = 4;
    /// People that are known at once; a room of a thousand viewers is none of ours.
    std::size_t known_max = 256;
    /// A person whose client reconnects comes again under the same identity.
    milliseconds returns_within{10'000};
};

/// Ask for this track, which is somebody's voice.
struct VoiceWanted {
    std::string participant_sid;
    std::string track_sid;
};
/// Who the call is with came or changed.
struct CallerNoted {
    Participant participant;
};
/// Nobody is left of those who took part.
struct EverybodyLeft {
    /// How the last of them went; unknown for one who was away and did not come back.
    DisconnectReason reason = DisconnectReason::unknown;
};

using CallPeopleOutput = std::variant<VoiceWanted, CallerNoted, EverybodyLeft>;

/// Who of a room takes part in its call. The caller is who has the identity that was given, else
/// the first who has a microphone; a telephone always has one. Whoever else has one, or writes,
/// takes part, and the call lasts as long as one of them is there. Who only watches is nobody's
/// caller. Without socket or clock; one owner. After every call take outputs with poll_output().
///
///   unknown --came--> watching --microphone, telephone, wrote, the given identity--> taking part
///      ^                 |                                                            |      |
///      +------ left -----+------------------------ left -------------------+----- reconnects |
class CallPeople {
public:
    explicit CallPeople(CallPeopleOptions options) : options_(std::move(options)) {}

    /// We entered the room, for the first time or anew: these are there, and nobody is heard yet.
    /// Of those who took part, the others have so long to come back.
    void handle_room(const std::vector<Participant>& people, Instant now);
    /// Somebody came, changed or left.
    void handle_change(const Participant& participant, Instant now);
    /// Somebody wrote to the agent. False where that is nobody to be answered: an agent, or a
    /// participant whom the server did not tell us of.
    [[nodiscard]] bool handle_text(const std::string& identity);
    void handle_timeout(Instant now);

    [[nodiscard]] std::optional<CallPeopleOutput> poll_output();
    [[nodiscard]] Deadline next_deadline() const;

    /// The given identity as long as nobody else is the caller; empty while unknown.
    [[nodiscard]] const std::string& caller_identity() const;
    /// The track of the caller that is heard; empty while there is none.
    [[nodiscard]] const std::string& caller_track() const;
    /// Whether nothing is to be expected from the caller's microphone: it is muted, or there is
    /// none.
    [[nodiscard]] bool is_caller_muted() const;
    /// Whether the call has begun and all who take part are away, but may come back.
    [[nodiscard]] bool is_everybody_away() const;
    /// The connection of the only one who takes part; empty where there are more, or none is here.
    [[nodiscard]] const std::string& only_sid() const;
    /// All that is heard, to be asked for again.
    [[nodiscard]] std::vector<VoiceWanted> voices() const;

private:
    struct Person {
        Participant last;
        bool takes_part = false;
        /// What was asked for.
        std::string heard_track;
        /// Away until then, and gone if not back.
        Deadline gone_at;
    };

    [[nodiscard]] bool is_somebody(const Participant& participant) const;
    [[nodiscard]] bool has_voice(const Participant& participant) const;
    [[nodiscard]] bool is_given(const std::string& identity) const;
    void come(const Participant& participant);
    void leave(const Participant& participant, Instant now);
    void forget(const std::string& identity, DisconnectReason reason);
    void choose_caller();
    void hear_all();
    void hear(Person& person);
    [[nodiscard]] const Person* find(const std::string& identity) const;

    CallPeopleOptions options_;
    std::map<std::string, Person> people_;
    std::string caller_;
    /// Somebody was the caller.
    bool has_begun_ = false;
    std::deque<CallPeopleOutput> outputs_;
};

}  // namespace studio::livekit
