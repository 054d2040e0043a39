#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "core/dialog/dialog_events.hpp"
#include "core/dialog/dialog_history.hpp"
#include "core/dialog/sentence_cutter.hpp"

namespace studio::core {

struct DialogOptions {
    std::string system_prompt;
    /// Said in place of an answer that failed.
    std::string apology;
    /// Of the history that the model gets; about 12,000 tokens of English.
    std::size_t history_bytes_max = 48'000;
    /// Of one answer; a model that does not stop is stopped.
    std::size_t answer_bytes_max = 16'000;
    /// How often in one turn the model may ask for tools before it must answer.
    int tool_rounds_max = 6;
    std::size_t tools_per_round_max = 8;
    /// Failed answers in a row after which the call ends.
    int failures_max = 3;
};

/// What is said, and why: history, the model's answers cut into sentences, tools, interruptions. It
/// knows no model, voice or tool; each request goes out once and comes back as inputs. One owner.
///
///             user said           tool calls                  all done, none spoke
///   idle ------------------> asking ----------> running tools -----+
///    ^                         ^ |                   |             |
///    |                         +-|-------------------|-------------+
///    +---- done, failed ---------+                   | a tool spoke or ends the call
///    +-----------------------------------------------+
///    interrupted: from anywhere to idle; tools that run go on, and what comes of them is told
///    when nobody speaks: idle --late result--> asking
///    idle, user may say: an answer is made beside all this, in its own place (dialog_early.cpp),
///    and moves to `asking` with the user's words, or is forgotten
class Dialog {
public:
    enum class State : std::uint8_t { idle, asking, running_tools };

    /// Everything from which the dialog is carried on, at any moment; CarryOn is due then. Of an
    /// answer that is being made only the sentences that were complete.
    struct Saved {
        DialogHistory::Saved history{};
        State state = State::idle;
        bool answering = false;
        std::uint32_t last_request = 0;
        std::uint32_t last_sentence = 0;
        std::uint64_t tokens = 0;
        std::uint32_t tool_calls_made = 0;
        int rounds = 0;
        int failures = 0;
        std::vector<std::string> running{};
        bool tools_spoke = false;
        std::string end_reason{};
        std::string hand_off_to{};
        std::vector<std::string> notes{};
        bool is_muted = false;
    };

    explicit Dialog(DialogOptions options);
    Dialog(DialogOptions options, Saved saved);

    void handle(const DialogInput& input, Instant now);
    [[nodiscard]] std::optional<DialogOutput> poll_output();
    /// Requests have their deadlines in the driver's ports.
    [[nodiscard]] static Deadline next_deadline() { return std::nullopt; }

    /// Whether an answer is being made or waits to be heard.
    [[nodiscard]] bool is_busy() const { return state_ != State::idle || answering_; }
    [[nodiscard]] bool is_muted() const { return is_muted_; }
    [[nodiscard]] std::uint64_t tokens() const { return tokens_; }
    [[nodiscard]] const DialogHistory& history() const { return history_; }
    [[nodiscard]] Saved save() const;

private:
    void on(const UserSaid& input);
    void on(const AgentSays& input);
    void on(const ModelPiece& input);
    void on(const ModelToolAsked& input);
    void on(const ModelDone& input);
    void on(const ModelSlow& input);
    void on(const ModelBroke& input);
    void on(const ToolSpoke& input);
    void on(const ToolDone& input);
    void on(const AgentChanged& input);
    void on(const SentenceHeard& input);
    void on(const SentenceCut& input);
    void on(const CallerInterrupted& input);
    void on(const CallerSpeaks& input);
    void on(const CarryOn& input);
    void on(const UserMaySay& input);
    void on(const UserGoesOn& input);

    // dialog_supervised.cpp
    void on(const NoteGiven& input);
    void on(const AgentMuted& input);
    void add_notes();

    // dialog_early.cpp
    void keep_early(const std::string& text);
    void forget_early();
    /// True where the input belongs to the early answer, and waits there.
    bool keep_for_early(const ModelPiece& input);
    bool keep_for_early(const ModelToolAsked& input);
    bool keep_for_early(const ModelDone& input);
    bool keep_for_early(const ModelSlow& input);
    bool keep_for_early(const ModelBroke& input);

    void take_user_words(const std::string& text);
    void ask();
    void open_request();
    void give_up_answer();
    void begin_answer();
    /// False where there is nothing to say.
    bool speak(const CutSentence& sentence, bool interruptible);
    bool speak(const std::string& text, bool interruptible);
    void speak_complete_sentences();
    void speak_rest();
    void cancel_model();
    void apologise();
    void run_tools();
    void finish_tools();
    void tell_decision(const std::string& end_reason, const std::string& hand_off_to);
    void settle_answer();
    void note_cut(const char* note);
    void note_late_results();
    void tell_late_results();

    /// An answer to UserMaySay, and what has come of it.
    struct Early {
        std::uint32_t request = 0;
        std::string text{};
        bool has_text = false;
        std::vector<DialogToolCall> tools{};
        /// The model has finished.
        std::optional<std::uint32_t> tokens{};
        std::string filler{};
    };

    /// Of those that wait for a request; older ones are forgotten.
    static constexpr std::size_t notes_max = 32;

    DialogOptions options_;
    DialogHistory history_;
    SentenceCutter cutter_;
    State state_ = State::idle;
    /// Something was said, or is being made, of which AnswerHeard was not yet given.
    bool answering_ = false;
    std::uint32_t request_ = 0;
    std::uint32_t sentence_ = 0;
    std::size_t answer_bytes_ = 0;
    /// The model wrote something, be it nothing to say: it did not fail.
    bool answer_has_text_ = false;
    /// The last answer was cut after its model had finished, of which the model does not know.
    bool cut_untold_ = false;
    /// Results came whose answers were given up: nobody has told the caller.
    bool has_late_results_ = false;
    bool caller_speaks_ = false;
    /// In this turn.
    bool has_said_filler_ = false;
    int rounds_ = 0;
    int failures_ = 0;
    std::uint64_t tokens_ = 0;
    std::uint32_t tool_calls_made_ = 0;
    std::optional<Early> early_;
    std::vector<DialogToolCall> asked_;
    /// Ids of tools whose results the present answer waits for.
    std::vector<std::string> running_;
    bool tools_spoke_ = false;
    /// What tools decided, until all of them are done.
    std::string end_reason_;
    std::string hand_off_to_;
    /// The agent handed over or ended the call: it is asked nothing more until another is there.
    bool is_leaving_ = false;
    /// Given by whoever watches, and not told to the model yet.
    std::vector<std::string> notes_;
    bool is_muted_ = false;
    std::deque<DialogOutput> outputs_;
};

}  // namespace studio::core
