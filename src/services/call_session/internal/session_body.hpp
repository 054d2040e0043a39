#pragma once

#include <map>
#include <memory>
#include <string>

#include "audio/voice_detector.hpp"
#include "core/call/caller_presence.hpp"
#include "core/context/call_context.hpp"
#include "core/context/template.hpp"
#include "core/turn/last_sound.hpp"
#include "services/call_session/call_session.hpp"
#include "services/call_session/internal/answering.hpp"
#include "services/call_session/internal/call_reporter.hpp"
#include "services/call_session/internal/listening.hpp"
#include "services/call_session/internal/tool_runner.hpp"
#include "services/call_session/internal/voice.hpp"

namespace studio::services {

/// The wiring of a session: outputs of one machine become inputs of another, or work for a part
/// that talks to a port. Nothing is decided here.
class CallSession::Body final : public SessionLink, public CallMediaListener {
public:
    Body(runtime::Loop& loop, CallPlan plan, CallProviders providers,
         std::unique_ptr<CallMedia> media, CallObserver& observer, CallSessionOptions options);

    void start();
    void hang_up(const char* command, core::EndReason reason, core::LastWords last_words);
    [[nodiscard]] const core::CallRecord& record() const override { return reporter_.record(); }
    [[nodiscard]] bool is_ended() const { return call_.phase() == core::Call::Phase::ended; }

    // session_phone.cpp: the telephone on the other side.
    void phone_rings(core::CallStatus stage);
    void phone_answered();
    void phone_not_reached(core::EndReason reason);
    [[nodiscard]] const std::string& caller_identity() const { return caller_identity_; }
    void press_digit(char digit) override;
    void transfer(std::string target, std::function<void(std::string)> done) override;

    // session_resume.cpp: here and elsewhere.
    [[nodiscard]] SessionSnapshot save() const;
    void freeze();
    void thaw();
    [[nodiscard]] bool is_between_turns() const;
    [[nodiscard]] MediaStats media_stats() const { return media_->stats(); }

    [[nodiscard]] Instant now() const override { return now_ ? *now_ : loop_.now(); }
    [[nodiscard]] MachineQueue& queue() override { return queue_; }
    void catch_up() override;
    void settle() override;

    void on_media_event(const MediaEvent& event) override;
    void on_media_participant(const MediaParticipant& participant) override;
    bool on_media_frame(const InboundFrame& inbound, audio::Frame& outbound, Instant now) override;

private:
    [[nodiscard]] static core::Call make_call(const core::CallOptions& options,
                                              const CallPlan& plan, WallTime now);
    void restore();
    void carry_on();

    // session_body.cpp: driving.
    void work_off();
    void dispatch(MachineInput input);
    void tick_machines();
    void check_quiet();
    void show_state();
    void arm_timer();
    [[nodiscard]] Deadline next_deadline() const;

    // session_media.cpp: the outside of the call.
    [[nodiscard]] bool awaits_caller() const;
    void on(const MediaConnected& event);
    void on(const MediaMessage& event);
    void on(const MediaDigit& event);
    void on(const MediaCallerAway& event);
    void on(const MediaText& event);
    void watch_presence(const InboundFrame& inbound, bool is_audible, Instant now);
    void show_presence();
    void on(const MediaClosed& event);
    void on(const core::JoinMedia& output);
    void on(const core::CallBecame& output);
    void on(const core::SayLastWords& output);
    void on(const core::CloseMedia& output);
    void on(const core::FlushWrites& output);
    void on(const core::CallOver& output);
    void begin_conversation();
    void finish_record();

    // session_phone.cpp
    void note_caller(const MediaParticipant& participant);
    void note_phone(const MediaParticipant& participant);
    /// True where the end has to wait for what the telephone network says of it.
    [[nodiscard]] bool explains_end();
    void on_transferred(const std::string& error);
    /// What the end of the media means for the call.
    [[nodiscard]] core::EndReason end_of(MediaCloseReason reason) const;

    // session_talk.cpp: the inside of the call.
    void on(const core::SpeechStarted& output);
    void on(const core::SpeechEnded& output);
    void on(const core::Duck& output);
    void on(const core::Resume& output);
    void on(const core::Interrupt& output);
    void on(const core::TurnEnded& output);
    void on(const core::Reprompt& output);
    void on(const core::AutoDisconnect& output);
    void on(const core::SpeechLost& output);
    void on(const core::AskModel& output);
    void on(const core::CancelModel& output);
    void on(const core::Speak& output);
    void on(const core::RunTool& output);
    void on(const core::AnswerHeard& output);
    void on(const core::EndRequested& output);
    void on(const core::SentenceStarted& output);
    void on(const core::SentenceFinished& output);
    void on(const core::SentenceDropped& output);
    void say(const std::string& text_template, bool interruptible);
    void drop_speech();
    void drive_playout(core::PlayoutInput input);
    [[nodiscard]] std::string render(const std::string& text_template) const;
    [[nodiscard]] bool is_quiet() const;
    void observe_input(const MachineInput& input);

    runtime::Loop& loop_;
    CallPlan plan_;
    CallProviders providers_;
    CallObserver& observer_;
    CallSessionOptions options_;

    core::CallContext context_;
    core::Call call_;
    core::Turn turn_;
    core::Dialog dialog_;
    core::Playout playout_;
    audio::VoiceDetector voice_detector_;
    /// When the last audible sample was captured: the detector bridges gaps of 100 ms, which would
    /// make every latency look better than it is.
    core::LastSound last_sound_;

    MachineQueue queue_;
    Listening listening_;
    Answering answering_;
    Voice voice_;
    ToolRunner tools_;
    CallReporter reporter_;

    /// The time of the frame that is being handled, else the loop's.
    Deadline now_;
    bool working_ = false;
    /// The turn taker was promised to be told when the agent is silent again.
    bool turn_waits_ = false;
    bool agent_speaking_ = false;
    /// What front ends of a room show of the agent.
    MediaAgentState shown_state_ = MediaAgentState::initializing;
    bool flush_wanted_ = false;
    bool checkpoint_due_ = false;
    bool is_frozen_ = false;
    /// Not there for now, so that nobody hears us.
    core::CallerPresence presence_;
    /// What the media told of it.
    bool is_told_away_ = false;
    Instant told_away_at_{};
    bool caller_is_away_ = false;
    /// Empty until somebody came, connected or not yet.
    std::string caller_identity_;
    /// A transfer is under way, or was done.
    bool is_transferring_ = false;
    bool is_transferred_ = false;
    /// The room is gone, and why is about to be told.
    bool end_waits_ = false;
    core::Ending final_;
    bool saying_last_words_ = false;
    Deadline last_words_heard_at_;
    /// Sentences that were not yet heard.
    std::map<std::uint32_t, core::Speak> sentences_;

    std::unique_ptr<runtime::Timer> timer_;
    Deadline timer_at_;
    /// Expires with the session, for callbacks that may come later.
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    /// Last, so that nothing calls back into parts that are gone.
    std::unique_ptr<CallMedia> media_;
};

}  // namespace studio::services
