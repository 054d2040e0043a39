#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "ports/language_model.hpp"
#include "runtime/loop.hpp"

namespace studio::adapters {

class Script;

/// A dialogue by rules (docs/scripted.md): what the caller says leads to a reply, a tool call or a
/// new state. It is deterministic and never pretends to be a model. It keeps nothing between
/// answers: slots and state are read again from the request's messages, so a call can be carried on
/// by another process. An answer comes word by word, one post to the loop each. One loop.
class ScriptedLanguageModel final : public LanguageModel {
public:
    explicit ScriptedLanguageModel(runtime::Loop& loop) : loop_(loop) {}

    [[nodiscard]] std::vector<OptionError> validate(const Json& options) const override;
    /// Options that are no script, or a rule that calls a tool which the request does not offer,
    /// give ModelFailed{rejected}.
    [[nodiscard]] std::unique_ptr<ModelAnswer> ask(ModelRequest request,
                                                   ModelListener& listener) override;

private:
    [[nodiscard]] std::shared_ptr<const Script> script_for(const Json& options);

    runtime::Loop& loop_;
    /// The scripts used last, so that a turn does not parse its agent's rules again.
    std::vector<std::pair<Json, std::shared_ptr<const Script>>> scripts_;
};

}  // namespace studio::adapters
