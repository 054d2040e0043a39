#pragma once

#include <memory>
#include <string>
#include <vector>

#include "services/conversation/session/call_session.hpp"
#include "services/trial/internal/silent_media.hpp"
#include "services/trial/internal/silent_speech.hpp"

namespace studio::services {

/// A call in text: a session as any other, whose caller writes and reads. One loop; whoever owns it
/// says when 20 ms are over.
class TextCall final : public CallObserver {
public:
    /// One of each for every agent of the plan, in their order.
    struct Parts {
        runtime::Loop& loop;
        HttpClient& http_client;
        std::vector<LanguageModel*> models;
    };

    TextCall(Parts parts, CallPlan plan, const CallSessionOptions& options);

    void tick();
    /// What the caller wrote.
    void type(std::string text);
    /// The agent has said what it had to say, and waits for the caller.
    [[nodiscard]] bool is_quiet() const;
    /// The call has ended.
    [[nodiscard]] bool is_over() const { return is_over_; }

    [[nodiscard]] const std::vector<core::TranscriptEntry>& entries() const { return entries_; }
    [[nodiscard]] const core::CallRecord& record() const { return session_->record(); }
    /// To go on from later. Stops the call.
    [[nodiscard]] SessionSnapshot freeze();

private:
    void on_call_status(const core::CallRecord& /*record*/) override {}
    void on_transcript(const core::CallRecord& record, const core::TranscriptEntry& entry) override;
    void on_call_closing(const core::CallRecord& record, std::function<void()> stored) override;
    void on_call_ended(const core::CallRecord& record) override;

    runtime::Loop& loop_;
    DeafEars ears_;
    SilentVoice voice_;
    std::vector<core::TranscriptEntry> entries_;
    bool is_over_ = false;
    int quiet_ticks_ = 0;
    SilentMedia* media_ = nullptr;
    std::unique_ptr<CallSession> session_;
};

}  // namespace studio::services
