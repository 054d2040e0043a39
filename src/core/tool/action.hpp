#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/json.hpp"
#include "base/time.hpp"
#include "core/context/condition.hpp"

namespace studio::core {

/// What every request of a tool carries, so that its server can tell a repeat from another wish,
/// and the holder of a call from one who was (docs/takeover.md). A tool cannot set them.
inline constexpr std::string_view idempotency_header = "Idempotency-Key";
inline constexpr std::string_view fencing_header = "Fencing-Token";
/// In any case of letters.
[[nodiscard]] bool is_fencing_header(std::string_view name);

/// `respond`: says a text; the caller hears it.
struct RespondAction {
    /// A template; or else
    std::string message;
    /// the path of a context value that holds the text.
    std::string message_key;
    /// False: the caller hears it to its end, as what the law wants to be said.
    bool interruptible = true;
};

/// `context.set`: writes one or more values, each a template, to paths.
struct ContextSetAction {
    std::vector<std::pair<std::string, Json>> values;
};

/// `context.get`: adds a context value to the tool's result, for the model to read.
struct ContextGetAction {
    std::string path;
    /// Name in the result.
    std::string name;
};

/// `context.delete`: a path that leads nowhere is no failure.
struct ContextDeleteAction {
    std::string path;
};

/// `flag.set` and `flag.clear`.
struct FlagAction {
    std::string flag;
    bool value = true;
};

/// `api_call`, and the older `webhook` to one of the tenant's named endpoints. Any 2xx is success.
struct ApiCallAction {
    std::string method;
    /// A template. Empty where `endpoint` names it.
    std::string url;
    /// Member of `tenant.settings.endpoints`.
    std::string endpoint;
    /// Values are templates.
    std::vector<std::pair<std::string, std::string>> headers;
    /// Every text in it is a template; nothing sends no body.
    std::optional<Json> body;
    /// Else the tenant's `api_config.timeout`, else 30 s.
    std::optional<milliseconds> timeout;
    /// How often again after a failure that may pass. Else the tenant's, else 2 for idempotent
    /// methods.
    std::optional<int> retries;
    /// Where in the context the response's body is kept; empty for nowhere.
    std::string save_as;
};

/// One rule of `validate`; what is absent is not checked.
struct ValidationRule {
    /// Path of the value, from params first.
    std::string path;
    bool required = false;
    /// Of numbers, or of texts that are numbers.
    std::optional<double> least;
    std::optional<double> most;
    /// Bytes of a text or items of a list.
    std::optional<std::size_t> length_least;
    std::optional<std::size_t> length_most;
    std::vector<std::string> one_of;
    std::optional<Condition> condition;
    /// What the model is told when it does not hold; a template.
    std::string message;
};

/// `validate`: fails with the messages of every rule that does not hold.
struct ValidateAction {
    std::vector<ValidationRule> rules;
};

enum class TransformOperation : std::uint8_t {
    copy,
    lower,
    upper,
    title,
    trim,
    to_text,
    to_number,
    length,
    join,
    split,
};

/// `transform`: computes a value and writes it to a path.
struct TransformAction {
    Json value;
    TransformOperation operation = TransformOperation::copy;
    /// Of join and split.
    std::string separator;
    std::string path;
};

/// `handoff`: the conversation goes on with another agent after this tool.
struct HandoffAction {
    std::string target_agent;
    /// Said before; a template; may be empty.
    std::string message;
};

/// `end_call`: the call ends after this tool and after what was said.
struct EndCallAction {
    /// One lower_snake_case word, stored as the call's status reason.
    std::string reason;
    std::string message;
};

/// `transfer`: hands the caller's telephone over to another number and leaves the call, which ends
/// when that was done (a blind transfer).
struct TransferAction {
    /// A template: E.164 or a SIP URI.
    std::string target;
    /// Said before; a template; may be empty.
    std::string message;
};

/// `send_digits`: presses keys for the telephone on the other side.
struct SendDigitsAction {
    /// A template: 0-9, *, #, A-D, and w for half a second of waiting.
    std::string digits;
};

/// `log`: adds an entry to the context's history.
struct LogAction {
    std::string message;
};

/// What `conditional` became: goes on at instruction `target` where the condition does not hold.
struct JumpUnless {
    Condition condition;
    std::size_t target = 0;
};

/// Goes on at instruction `target`, which is always further down.
struct Jump {
    std::size_t target = 0;
};

using Action =
    std::variant<RespondAction, ContextSetAction, ContextGetAction, ContextDeleteAction, FlagAction,
                 ApiCallAction, ValidateAction, TransformAction, HandoffAction, EndCallAction,
                 TransferAction, SendDigitsAction, LogAction, JumpUnless, Jump>;

/// A chain of actions as a flat list: nested branches are jumps, all of them forwards, so that
/// every run ends and where it stands is one number.
using ActionProgram = std::vector<Action>;

}  // namespace studio::core
