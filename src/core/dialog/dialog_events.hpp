#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/dialog/dialog_history.hpp"

namespace studio::core {

// What goes into a Dialog, and what comes out of it.

/// The caller's turn is over.
struct UserSaid {
    std::string text;
    /// They are the words of the last UserMaySay, and the answer that is made to it is the answer.
    bool was_early = false;
};
/// The caller's turn seems over: its answer is asked for, and nothing is said of it and no tool
/// runs before UserSaid.
struct UserMaySay {
    std::string text;
};
/// The caller goes on after all: that answer is thrown away.
struct UserGoesOn {};
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
    bool interruptible = true;
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
    /// How many of the newest messages of caller and agent its model gets to read; nothing for all.
    std::optional<std::size_t> history_kept{};
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

/// Somebody who watches the call tells the model something, with its next request. `asks`: it
/// answers now, where nobody speaks.
struct NoteGiven {
    std::string note;
    bool asks = false;
};
/// The agent is to say nothing by itself, or is let go on. It hears everything; what AgentSays is
/// said.
struct AgentMuted {
    bool on = false;
};

using DialogInput =
    std::variant<UserSaid, AgentSays, ModelPiece, ModelToolAsked, ModelDone, ModelSlow, ModelBroke,
                 ToolSpoke, ToolDone, AgentChanged, SentenceHeard, SentenceCut, CallerInterrupted,
                 CallerSpeaks, CarryOn, UserMaySay, UserGoesOn, NoteGiven, AgentMuted>;

struct AskModel {
    std::uint32_t request = 0;
    std::vector<DialogMessage> messages;
    /// The answer to UserMaySay.
    bool is_early = false;
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

/// What became of the answer to UserMaySay: it is the answer to the turn, or it was thrown away.
struct EarlyAnswerSettled {
    bool is_kept = false;
};

using DialogOutput = std::variant<AskModel, CancelModel, Speak, RunTool, AnswerHeard, EndRequested,
                                  HandOffRequested, EarlyAnswerSettled>;

}  // namespace studio::core
