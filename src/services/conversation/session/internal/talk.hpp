#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "core/context/call_context.hpp"
#include "core/dialog/dialog.hpp"
#include "core/turn/last_sound.hpp"
#include "core/turn/turn.hpp"
#include "ports/call_media.hpp"
#include "services/conversation/effects/internal/tool_runner.hpp"
#include "services/conversation/seat/internal/seats.hpp"
#include "services/conversation/session/internal/call_reporter.hpp"
#include "services/conversation/session/internal/caller_voice.hpp"
#include "services/conversation/session/internal/machine_queue.hpp"
#include "services/conversation/session/internal/session_link.hpp"
#include "services/conversation/session/internal/speaking.hpp"
#include "services/conversation/session/internal/turn_sound.hpp"
#include "services/conversation/session/session_snapshot.hpp"

namespace studio::services {

/// What is said and heard in a call: whose turn it is, the dialog, and what the caller hears of it,
/// between the caller and the agent in the seat. It wires the machines to each other and to the
/// seat, and decides nothing. It knows nothing of the call's life; it asks for its end with an
/// input of the call's machine.
///
///   frame -> voice detector -> Turn -> seat: listening      Dialog -> seat: answering, voice;
///   tools
///                                |                             ^            |
///                                +--------- turn ended --------+            v
///   frame <---------------------------------------------------- Playout <- audio
class Talk {
public:
    /// What it borrows; all of it outlives the talk.
    struct Parts {
        SessionLink& link;
        CallReporter& reporter;
        core::CallContext& context;
        ToolRunner& tools;
        Seats& seats;
        const CallSessionOptions& options;
    };

    /// `snapshot` where the call was held elsewhere before.
    Talk(const Parts& parts, const SessionSnapshot* snapshot);

    /// The conversation begins: with the greeting.
    void begin();
    /// It goes on from the snapshot, with which this was made: in place of the greeting.
    void carry_on(const SessionSnapshot& snapshot);
    /// What the agent is saying is not said.
    void drop_speech();
    /// The agent says a template that no model wrote; nothing where it is muted.
    void say(const std::string& text_template, bool interruptible);
    /// The last words begin: from now on nobody has a turn.
    void begin_last_words(core::LastWords last_words);
    /// Nothing is said or heard any more. finish() follows when the machines have told what was
    /// heard last.
    void stop();
    void finish();

    /// What models have found; before each frame.
    [[nodiscard]] Findings learn() { return {caller_voice_.learn(), turn_sound_.take_opinion()}; }
    void note(const TurnOpinion& opinion);
    /// 20 ms of the caller, while the call is active.
    void hear(const InboundFrame& inbound, bool is_audible, Instant now);
    /// 20 ms of the agent; false for silence.
    [[nodiscard]] bool speak(audio::Frame& outbound) { return speaking_.pull(outbound); }
    /// Works off what was told of the agent's speech while it was taken.
    void note_spoken() { speaking_.note_pulled(); }

    /// One input of its machines.
    void handle(core::TurnInput input);
    void handle(core::DialogInput input);
    void handle(core::PlayoutInput input) { speaking_.handle(std::move(input)); }
    /// Nothing is in the queue: tells who waits for the agent to be silent.
    void check_quiet();

    /// Nothing is being said, whatever is being thought of.
    [[nodiscard]] bool is_silent() const { return speaking_.is_silent(); }
    /// Nobody is speaking and nothing is under way.
    [[nodiscard]] bool is_between_turns() const { return is_quiet() && !turn_.is_caller_pending(); }
    /// What front ends of a room show of the agent.
    [[nodiscard]] MediaAgentState state() const;
    [[nodiscard]] std::uint64_t tokens() const { return dialog_.tokens(); }
    void save(SessionSnapshot& snapshot) const;

    /// `is_active`: turns are taken, so that their deadlines count.
    [[nodiscard]] Deadline next_deadline(bool is_active) const;
    void tick(Instant now);

private:
    void on(const core::SpeechStarted& output);
    void on(const core::SpeechEnded& output);
    void on(const core::Duck&) { speaking_.handle(core::PlayoutDuck{}); }
    void on(const core::Hold&) { speaking_.handle(core::PlayoutHold{}); }
    void on(const core::Resume&) { speaking_.handle(core::PlayoutResume{}); }
    void on(const core::Interrupt& output);
    void on(const core::TurnEnded& output);
    void on(const core::Reprompt& output);
    void on(const core::AutoDisconnect& output);
    void on(const core::SpeechLost& output);
    void on(const core::EarlyEnd& output);
    void on(const core::EarlyEndVoid& output);
    void on(const core::PauseAsked& output);
    void on(const core::AskModel& output);
    void on(const core::CancelModel& output);
    void on(const core::Speak& output);
    void on(const core::RunTool& output);
    void on(const core::AnswerHeard& output);
    void on(const core::EndRequested& output);
    void on(const core::HandOffRequested& output);
    void on(const core::EarlyAnswerSettled& output);
    void greet();
    void change_agent(bool speaks_first);
    [[nodiscard]] Seat& seat() { return parts_.seats.now(); }
    [[nodiscard]] const Seat& seat() const { return parts_.seats.now(); }
    [[nodiscard]] bool is_quiet() const { return !dialog_.is_busy() && speaking_.is_silent(); }

    Parts parts_;
    core::Turn turn_;
    core::Dialog dialog_;
    Speaking speaking_;
    CallerVoice caller_voice_;
    TurnSound turn_sound_;
    /// When the last audible sample was captured: the detector bridges gaps of 100 ms, which would
    /// make every latency look better than it is.
    core::LastSound last_sound_;
    /// The turn taker was promised to be told when the agent is silent again.
    bool turn_waits_ = false;
    bool is_closing_ = false;
    bool saying_last_words_ = false;
    Deadline last_words_heard_at_;
};

}  // namespace studio::services
