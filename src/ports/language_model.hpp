#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/interface.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "ports/provider_error.hpp"

namespace studio {

/// Who said a line of the history that the model is shown. `system` is the prompt where it comes
/// first; later ones are our remarks on what happened there, for which a provider finds the place
/// that its protocol has.
enum class ModelRole : std::uint8_t { system, user, assistant, tool };

/// The model's wish to run a tool. `arguments` is JSON text as the model wrote it: unchecked.
struct ModelToolCall {
    std::string id;
    std::string name;
    std::string arguments;
};

struct ModelMessage {
    ModelRole role = ModelRole::user;
    std::string content;
    /// Of an assistant message: the tools that it asked for.
    std::vector<ModelToolCall> tool_calls;
    /// Of a tool message: the id of the call that it answers.
    std::string tool_call_id;
};

/// A tool as the model sees it: `parameters` is a JSON Schema object.
struct ModelTool {
    std::string name;
    std::string description;
    Json parameters;
};

struct ModelRequest {
    std::string model;
    double temperature = 0.7;
    /// What was said, in its order, as it was: ids, names and arguments of tool calls are the
    /// model's own. A provider makes of it what its server accepts.
    std::vector<ModelMessage> messages;
    std::vector<ModelTool> tools;
    /// The agent's `llm.options`, which only the provider understands.
    Json options;
    /// The whole answer must have come by then; later is ModelFailed{timed_out}.
    milliseconds timeout{30'000};
};

/// The next piece of the answer's text.
struct ModelText {
    std::string text;
};

/// The answer is complete; the last event.
struct ModelFinished {
    std::uint32_t prompt_tokens = 0;
    std::uint32_t completion_tokens = 0;
};

/// The answer broke off; the last event. What came before it stands.
struct ModelFailed {
    ProviderError error;
};

using ModelEvent = std::variant<ModelText, ModelToolCall, ModelFinished, ModelFailed>;

/// Who reads one answer as it comes; ModelFinished or ModelFailed is the last event.
class ModelListener : public Interface {
public:
    /// On the model's loop, never from inside `ask`. The listener may destroy the answer in it.
    virtual void on_model(const ModelEvent& event) = 0;
};

/// One answer under way. Destroying it cancels it; no event comes afterwards.
class ModelAnswer : public Interface {};

/// A language model. One object per loop, used on that loop only; it outlives its answers.
class LanguageModel : public Interface {
public:
    /// Checks the agent's `llm.options` when an agent is written; empty where all is well.
    [[nodiscard]] virtual std::vector<OptionError> validate(const Json& options) const = 0;

    /// Never blocks, never fails: trouble arrives as ModelFailed. `listener` outlives the answer.
    [[nodiscard]] virtual std::unique_ptr<ModelAnswer> ask(ModelRequest request,
                                                           ModelListener& listener) = 0;
};

}  // namespace studio
