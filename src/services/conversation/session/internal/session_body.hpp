#pragma once

#include <memory>
#include <string>

#include "core/context/call_context.hpp"
#include "services/conversation/effects/internal/effect_runner.hpp"
#include "services/conversation/effects/internal/tool_runner.hpp"
#include "services/conversation/seat/internal/seats.hpp"
#include "services/conversation/session/call_session.hpp"
#include "services/conversation/session/internal/call_life.hpp"
#include "services/conversation/session/internal/call_reporter.hpp"
#include "services/conversation/session/internal/caller_side.hpp"
#include "services/conversation/session/internal/session_timer.hpp"
#include "services/conversation/session/internal/supervision.hpp"
#include "services/conversation/session/internal/talk.hpp"

namespace studio::services {

/// The call itself: its media, and the loop that drives its parts. Outputs of one machine become
/// inputs of another, one at a time. Who speaks is the seat's matter, what is said the talk's, and
/// how far the call has come its life's; nothing is decided here.
class CallSession::Body final : public SessionLink, public CallMediaListener {
public:
    Body(runtime::Loop& loop, CallPlan plan, CallProviders providers,
         std::unique_ptr<CallMedia> media, CallObserver& observer, CallSessionOptions options);

    void start();
    void hang_up(const char* command, core::EndReason reason, core::LastWords last_words);
    [[nodiscard]] const core::CallRecord& record() const override { return reporter_.record(); }

    [[nodiscard]] CallerSide& caller() { return caller_; }

    [[nodiscard]] Result<bool, std::string> control(const core::CallCommand& command);
    [[nodiscard]] SessionSnapshot save() const;
    void freeze();
    void thaw();
    [[nodiscard]] bool is_between_turns() const;
    [[nodiscard]] MediaStats media_stats() const { return media_->stats(); }

    [[nodiscard]] Instant now() const override { return now_ ? *now_ : loop_.now(); }
    [[nodiscard]] WallTime wall_now() const override { return loop_.wall_now(); }
    [[nodiscard]] MachineQueue& queue() override { return queue_; }
    [[nodiscard]] RequestCounts& counts() override { return counts_; }
    void catch_up() override;
    void settle() override;
    void note_error(core::CallStage stage, const std::string& provider,
                    std::string_view code) override {
        reporter_.note_error({stage, provider, std::string(code)});
    }
    void note_usage(core::UsageStage stage, const std::string& provider, const std::string& model,
                    const core::UsageAmounts& amounts) override {
        reporter_.note_usage(stage, provider, model, amounts);
    }
    void checkpoint() override { checkpoint_due_ = true; }

    void on_media_event(const MediaEvent& event) override;
    void on_media_participant(const MediaParticipant& participant) override;
    bool on_media_frame(const InboundFrame& inbound, audio::Frame& outbound, Instant now) override;

private:
    void on_broken() noexcept override;
    void expect_replacement(bool expected);
    void restore();

    // session_body.cpp: driving.
    void work_off();
    void dispatch(MachineInput input);
    void tick_machines();
    void show_state();
    void on_timer();
    [[nodiscard]] Deadline next_deadline() const;

    // session_media.cpp: what the media tells.
    [[nodiscard]] bool take_frame(const InboundFrame& inbound, audio::Frame& outbound, Instant now);
    void on(const MediaConnected& event);
    void on(const MediaMessage& event);
    void on(const MediaDigit& event);
    void on(const MediaCallerAway& event);
    void on(const MediaSubscribed& event);
    void on(const MediaText& event);
    void on(const MediaClosed& event);

    runtime::Loop& loop_;
    CallPlan plan_;
    CallSessionOptions options_;

    core::CallContext context_;
    /// The time of the frame that is being handled, else the loop's.
    Deadline now_;
    MachineQueue queue_;
    RequestCounts counts_;
    CallReporter reporter_;
    CallerSide caller_;
    Seats seats_;
    EffectRunner effects_;
    ToolRunner tools_;
    Talk talk_;
    Supervision supervision_;
    SessionTimer timer_;
    CallLife life_;

    bool working_ = false;
    /// What front ends of a room show of the agent.
    MediaAgentState shown_state_ = MediaAgentState::initializing;
    bool checkpoint_due_ = false;
    bool is_frozen_ = false;

    /// Last, so that nothing calls back into parts that are gone.
    std::unique_ptr<CallMedia> media_;
};

}  // namespace studio::services
