#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/time.hpp"
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

/// The caller's turn is over.
struct UserSaid {
    std::string text;
};
/// The call goes on from what was saved elsewhere. `bridge` is said first, where it is not empty;
/// then what of the answer was not heard. An answer that was still being made is asked for again.
struct CarryOn {
    std::string bridge;
};
/// We say something that no model wrote: greeting, re-prompt, farewell.
struct AgentSays {
    std::string text;
    bool interruptible = true;
};
struct ModelPiece {
    std::uint32_t request = 0;
    std::string text;
};
struct ModelToolAsked {
    std::uint32_t request = 0;
    DialogToolCall call;
};
struct ModelDone {
    std::uint32_t request = 0;
    std::uint32_t tokens = 0;
};
/// Nothing of the answer has come for a while: `filler` is said, once in a turn, where nothing else
/// is being said. The model is not told of it.
struct ModelSlow {
    std::uint32_t request = 0;
    std::string filler;
};
/// The answer failed for good; what came of it stands.
struct ModelBroke {
    std::uint32_t request = 0;
};
/// A tool speaks.
struct ToolSpoke {
    std::string text;
};
/// A tool is done. `spoke`: the model need not answer.
struct ToolDone {
    std::string tool_call_id;
    std::string result;
    bool spoke = false;
    /// The call ends after what was said; empty for going on.
    std::string end_reason{};
    /// Another agent goes on after what was said; empty for the present one.
    std::string hand_off_to{};
};
/// Another agent has taken over. Nothing is being said or thought, or UserSaid follows.
struct AgentChanged {
    /// A remark to its model, about whose words stand above.
    std::string note;
    /// Of the new agent.
    std::string apology;
    /// Its model is asked to go on; else AgentSays or UserSaid follows.
    bool asks = false;
};
/// A sentence was heard to its end.
struct SentenceHeard {
    std::uint32_t sentence = 0;
};
/// A sentence was not heard, or only its beginning.
struct SentenceCut {
    std::uint32_t sentence = 0;
    std::string heard;
};
/// The caller took the turn. After the SentenceCut of every sentence that this cut.
struct CallerInterrupted {};
/// The caller began or ended an utterance; nobody speaks unasked meanwhile.
struct CallerSpeaks {
    bool on = false;
};

using DialogInput =
    std::variant<UserSaid, AgentSays, ModelPiece, ModelToolAsked, ModelDone, ModelSlow, ModelBroke,
                 ToolSpoke, ToolDone, AgentChanged, SentenceHeard, SentenceCut, CallerInterrupted,
                 CallerSpeaks, CarryOn>;

struct AskModel {
    std::uint32_t request = 0;
    std::vector<DialogMessage> messages;
};
struct CancelModel {
    std::uint32_t request = 0;
};
struct Speak {
    std::uint32_t sentence = 0;
    /// As it was written, for the eye.
    std::string text;
    bool interruptible = true;
    /// What a voice says of it, never empty.
    std::string spoken{};
    /// Said while the answer is waited for, and no part of it.
    bool is_filler = false;
};
struct RunTool {
    DialogToolCall call;
    /// Which request of the model asked for it, and as the how-maniest, from 0: the same again
    /// where the call is carried on elsewhere, so that it names the tool's effects.
    std::uint32_t request = 0;
    std::uint32_t index = 0;
};
/// The answer was heard, or cut off; `text` is what was heard of it.
struct AnswerHeard {
    std::string text;
    bool interrupted = false;
};
/// The agent wants the call to end, after what it has said.
struct EndRequested {
    std::string reason;
    /// The model failed too often.
    bool failed = false;
};

/// The agent wants another to go on, after what it has said. Answer with AgentChanged then.
struct HandOffRequested {
    std::string agent;
};

using DialogOutput = std::variant<AskModel, CancelModel, Speak, RunTool, AnswerHeard, EndRequested,
                                  HandOffRequested>;

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
    };

    explicit Dialog(DialogOptions options);
    Dialog(DialogOptions options, Saved saved);

    void handle(const DialogInput& input, Instant now);
    [[nodiscard]] std::optional<DialogOutput> poll_output();
    /// Requests have their deadlines in the driver's ports.
    [[nodiscard]] static Deadline next_deadline() { return std::nullopt; }

    /// Whether an answer is being made or waits to be heard.
    [[nodiscard]] bool is_busy() const { return state_ != State::idle || answering_; }
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

    void ask();
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
    std::vector<DialogToolCall> asked_;
    /// Ids of tools whose results the present answer waits for.
    std::vector<std::string> running_;
    bool tools_spoke_ = false;
    /// What tools decided, until all of them are done.
    std::string end_reason_;
    std::string hand_off_to_;
    /// The agent handed over or ended the call: it is asked nothing more until another is there.
    bool is_leaving_ = false;
    std::deque<DialogOutput> outputs_;
};

}  // namespace studio::core
