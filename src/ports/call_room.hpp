#pragma once

#include <cstdint>
#include <string>

#include "base/interface.hpp"

namespace studio {

/// What somebody said, for a front end that shows it.
struct MediaTranscript {
    /// The same for each newer state of one utterance.
    std::string segment_id;
    bool is_agent = false;
    /// The whole utterance so far.
    std::string text;
    bool is_final = true;
};

/// What a front end shows of the agent.
enum class MediaAgentState : std::uint8_t { initializing, listening, thinking, speaking };

/// What a call in a room has beside its voice: a telephone may be there, front ends of others look
/// on, and another connection of ours may take our place. CallMedia::room() gives it. On the call's
/// loop only.
class CallRoom : public Interface {
public:
    /// Presses a telephone key (0-9, *, #, A-D) for the other side. Of no effect where no telephone
    /// is there.
    virtual void send_digit(char digit) = 0;
    virtual void show_transcript(const MediaTranscript& transcript) = 0;
    virtual void show_agent_state(MediaAgentState state) = 0;
    /// Whether another is about to take our place in the room. Until it is told otherwise, a
    /// connection that goes is that: MediaClosed{replaced} at once, and no attempt to come back,
    /// which would throw the other one out again.
    virtual void expect_replacement(bool expected) = 0;
};

}  // namespace studio
