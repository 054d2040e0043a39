#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/context/call_context.hpp"
#include "core/tool/action.hpp"
#include "core/tool/tool_run.hpp"

namespace studio::core::internal {

/// What one action came to.
struct StepResult {
    std::vector<ToolOutput> outputs;
    /// Named values for the tool's result.
    std::vector<std::pair<std::string, Json>> data;
    /// Why it failed.
    std::optional<std::string> error;
    /// Where to go on, where that is not the next instruction.
    std::optional<std::size_t> jump;
    /// The answer to a request is needed.
    bool waits = false;
};

/// Runs single actions on a context. Templates see `locals` (`response`, `error`) before it.
class ToolStep final : public ValueSource {
public:
    ToolStep(std::string_view tool, CallContext& context, const JsonObject& locals)
        : tool_(tool), context_(context), locals_(locals) {}

    [[nodiscard]] StepResult run(const Action& action);
    [[nodiscard]] const Json* find(std::string_view path) const override;

private:
    void on_action(const RespondAction& action);
    void on_action(const ContextSetAction& action);
    void on_action(const ContextGetAction& action);
    void on_action(const ContextDeleteAction& action);
    void on_action(const FlagAction& action);
    void on_action(const ApiCallAction& action);
    void on_action(const ValidateAction& action);
    void on_action(const TransformAction& action);
    void on_action(const HandoffAction& action);
    void on_action(const EndCallAction& action);
    void on_action(const TransferAction& action);
    void on_action(const SendDigitsAction& action);
    void on_action(const LogAction& action);
    void on_action(const JumpUnless& action);
    void on_action(const Jump& action) { result_.jump = action.target; }

    void say(std::string_view message, bool interruptible = true);
    void set(std::string_view path, Json value);
    [[nodiscard]] std::optional<std::string> render_url(const ApiCallAction& action,
                                                        std::string& method);
    [[nodiscard]] std::string rule_error(const ValidationRule& rule) const;
    void set_body(const Json& body, HttpNeeded& request);

    std::string_view tool_;
    CallContext& context_;
    const JsonObject& locals_;
    StepResult result_;
};

}  // namespace studio::core::internal
