#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/scripted/internal/pattern.hpp"
#include "core/agent/field_error.hpp"
#include "core/context/condition.hpp"
#include "ports/language_model.hpp"

namespace studio::adapters {

/// What the caller may say to fill a slot.
struct Slot {
    std::string name;
    /// Tried on everything that is said.
    std::vector<Pattern> patterns;
    /// Tried while the slot is asked for, on what no slot's `patterns` took.
    std::vector<Pattern> asked;
    /// What is said fills the slot only where none of these matches.
    std::vector<Pattern> unless;
    /// States in which it is never filled.
    std::vector<std::string> not_in;
};

/// When a rule applies; everything that is given must hold.
struct RuleCondition {
    std::vector<Pattern> said;
    std::vector<Pattern> not_said;
    std::vector<std::string> filled;
    std::vector<std::string> missing;
    std::vector<std::string> states;
    /// The tool whose result is answered; empty for what the caller says.
    std::string result;
    std::vector<std::string> called;
    std::vector<std::string> not_called;
    /// So many things in a row, this one included, that filled no slot and matched no `said`.
    int misses = 0;
    /// Whether what was said gave a slot another value than it had.
    std::optional<bool> changed;
    std::optional<core::Condition> condition;
};

struct Rule {
    RuleCondition when;
    /// Templates; the rule's n-th use takes the n-th, then the first again.
    std::vector<std::string> say;
    std::string ask;
    std::string tool;
    Json arguments = JsonObject{};
    std::string then;
    std::vector<std::string> clear;
    /// Whether the next rule that applies and listens to nothing is used, too.
    bool goes_on = false;
};

/// What a script answers.
struct ScriptAnswer {
    std::string text;
    std::optional<ModelToolCall> call;
};

/// A checked script of the rule language (docs/scripted.md). An immutable value.
class Script {
public:
    /// Every error is reported with its path below `llm.options`.
    [[nodiscard]] static Result<Script, std::vector<core::FieldError>> parse(const Json& options);

    /// The answer to the last message, by replaying all of them: a pure function.
    [[nodiscard]] ScriptAnswer answer(const std::vector<ModelMessage>& messages) const;

private:
    friend class ScriptParser;
    friend class Replay;

    WordLists lists_;
    std::vector<Slot> slots_;
    std::vector<Rule> rules_;
    std::vector<std::string> otherwise_;
};

}  // namespace studio::adapters
