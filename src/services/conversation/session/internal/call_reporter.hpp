#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/call/call_command.hpp"
#include "core/call/call_record.hpp"
#include "core/call/ending.hpp"
#include "core/dialog/dialog.hpp"
#include "core/tool/tool_run.hpp"
#include "core/turn/turn.hpp"
#include "ports/call_media.hpp"
#include "runtime/loop.hpp"
#include "services/conversation/session/call_observer.hpp"
#include "services/conversation/session/internal/usage_book.hpp"
#include "services/conversation/session/session_snapshot.hpp"

namespace studio::services {

/// Tells the world what happens in a call: the record, the transcript, the latency of each turn,
/// and the messages of docs/events.md. It only listens; nothing in the conversation depends on it.
class CallReporter {
public:
    /// `media` is where the caller's side is told.
    CallReporter(runtime::Loop& loop, CallObserver& observer, CallMedia& media,
                 core::CallRecord record);

    void became(core::CallStatus status);
    /// From now on another agent is spoken to.
    void agent_changed(const std::string& agent);
    /// Something that was asked for in vain. A kind that is new is told at once, so that a call
    /// that goes wrong can be seen while it lasts.
    void note_error(const core::CallError& error);
    /// A provider of the agent that is spoken to was asked for this much more.
    void note_usage(core::UsageStage stage, const std::string& provider, const std::string& model,
                    const core::UsageAmounts& amounts) {
        used_.note(record_.usage, {stage, provider, model, agent_}, amounts);
    }
    void closing(const core::Ending& ending, const MediaStats& stats, std::uint64_t tokens);
    [[nodiscard]] const core::CallRecord& record() const { return record_; }
    [[nodiscard]] SavedReport save() const;
    /// Goes on from there, with that agent: the call stays active while it joins anew, and began
    /// when it began.
    void restore(const SavedReport& saved, const std::string& agent);

    void partial(const std::string& text);
    void turn_ended(const core::TurnEnded& turn);
    void interrupted(bool was_speaking);
    /// `is_answer`: the caller's waiting for one ends here.
    void sentence_started(const std::string& text, Instant now, bool is_answer);
    void answer_heard(const core::AnswerHeard& answer);
    void tool_done(const core::DialogToolCall& call, const core::ToolFinished& finished);
    void speaking(const char* who, bool on);
    /// Somebody who watches did this; the caller's side is not told.
    void supervised(const core::CallCommand& command);

    /// The agent has something to say: its model or its voice is asked.
    void will_speak();
    /// An answer was asked for before the caller's turn was over: its stages are this turn's only
    /// if it is kept, which is told once after each.
    void early_asked(Instant now);
    void early_settled(bool is_kept);

    // Stages of the answer to the present turn; only the first of each kind counts.
    void first_token(Instant now);
    void first_sentence(Instant now) { reach(&core::TurnLatency::first_sentence, now); }
    void first_audio(Instant now) { reach(&core::TurnLatency::first_audio, now); }

private:
    using Stage = std::optional<microseconds> core::TurnLatency::*;

    /// The mean of what was observed.
    struct Mean : SavedMean {
        void add(std::optional<microseconds> from, std::optional<microseconds> to);
        [[nodiscard]] std::optional<double> value() const;
    };

    void reach(Stage stage, Instant now);
    [[nodiscard]] microseconds since_speech(Instant at) const;
    void add_entry(core::TranscriptRole role, std::string content, core::TranscriptEntry entry);
    void send(const char* type, JsonObject event);
    /// To front ends of the call's room.
    void show(const MediaTranscript& transcript);
    void show_user(std::uint32_t turn, const std::string& text, bool is_final);
    void show_agent(const std::string& text, bool is_final);
    void send_latency();

    runtime::Loop& loop_;
    CallObserver& observer_;
    CallMedia& media_;
    core::CallRecord record_;
    /// Who is spoken to; the record keeps with whom the call began.
    std::string agent_;
    std::uint32_t handoffs_ = 0;
    /// The answer that is being said, as front ends name it, and what of it was begun.
    std::string answer_segment_;
    std::string answer_text_;
    Instant active_at_{};
    bool is_active_ = false;
    bool is_resumed_ = false;
    /// The caller has heard something of the agent, here or where the call was held before.
    bool agent_heard_ = false;
    std::uint32_t sequence_ = 0;
    std::uint32_t turn_ = 0;
    std::optional<core::TurnLatency> latency_;
    /// When the answer was asked for that was asked for early, and when it began; of the turn's
    /// answer, from where the model's share of the latency counts.
    Deadline early_asked_at_;
    Deadline early_token_at_;
    std::optional<microseconds> model_asked_;
    Instant last_speech_at_{};
    UsageBook used_;
    Mean recognition_;
    Mean model_;
    Mean synthesis_;
    Mean whole_;
};

}  // namespace studio::services
