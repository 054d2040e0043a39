#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "core/context/call_context.hpp"
#include "core/tool/tool_definition.hpp"

namespace studio::core {

// Inputs.

/// Starts the run with the model's arguments as it wrote them. Once, first.
struct ToolStart {
    std::string arguments;
};
/// The answer to HttpNeeded, after all retries; any status.
struct ToolHttpFinished {
    int status = 0;
    std::string body;
    /// `body` is only the beginning, and the whole has so many bytes; zero where nobody knows.
    bool is_cut = false;
    std::uint64_t whole_bytes = 0;
};
/// The request of HttpNeeded failed for good.
struct ToolHttpFailed {
    /// For the model and the trace: `timed_out`, `unavailable` …
    std::string reason;
};
/// The answer to TransferNeeded and DigitsNeeded.
struct ToolPhoneDone {
    /// Why it was not done, for the model; empty where it was.
    std::string error;
};
/// Goes on with a run that load() made.
struct ToolResume {};

using ToolInput =
    std::variant<ToolStart, ToolHttpFinished, ToolHttpFailed, ToolPhoneDone, ToolResume>;

// Outputs.

/// Send this request and come back with ToolHttpFinished or ToolHttpFailed.
struct HttpNeeded {
    std::string method;
    std::string url;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    /// For each attempt.
    milliseconds timeout{30'000};
    /// How often the driver may send it again after a transient failure or 502, 503, 504.
    int retries = 0;
};
/// When everything that is being said was heard, hand the caller's telephone over to `target`
/// (E.164 or a SIP URI), and come back with ToolPhoneDone.
struct TransferNeeded {
    std::string target;
};
/// Press these keys for the other side, one after the other (w: half a second of waiting), and come
/// back with ToolPhoneDone.
struct DigitsNeeded {
    std::string digits;
};
/// Say this to the caller now, in order.
struct ToolSay {
    std::string text;
    bool interruptible = true;
};
/// After ToolFinished, and after what was said: end the call.
struct ToolEndCall {
    std::string reason;
};
/// After ToolFinished, and after what was said: go on with this agent.
struct ToolHandoff {
    std::string target_agent;
};
/// The last output.
struct ToolFinished {
    bool ok = false;
    /// What the model is told: {"ok", "error"?, "spoken"?, "data"?, "response"?}. Of a long
    /// response {"status", "body_begin", "body_bytes"?}: how it begins, and its size.
    Json result;
    /// The tool spoke by itself; the model need not repeat it.
    bool spoke = false;
};

using ToolOutput = std::variant<HttpNeeded, TransferNeeded, DigitsNeeded, ToolSay, ToolEndCall,
                                ToolHandoff, ToolFinished>;

/// One run of a tool: a machine without I/O. It changes the context that each handle() is given and
/// asks for everything else by outputs. The same definition must be given to every call.
///
///            ToolStart             api_call, telephone
///     idle ------------> running <----------------> waiting
///                           | end, failure
///                           v
///                        finished
///
///   running goes through `actions`, then through `on_success`; an action that fails leads to
///   `on_failure` instead. A failure inside `on_success` or `on_failure` ends the run, not ok.
///   Templates see the context and also `response` ({"status", "body"} of the last api_call) and
///   `error`. What a failed run changed in the context stays changed.
///
/// One owner; thread-compatible. Inputs that do not fit the state are ignored.
class ToolRun {
public:
    explicit ToolRun(std::shared_ptr<const ToolDefinition> tool) : tool_(std::move(tool)) {}

    /// A run as save() left it; nothing where the value is none of this tool's.
    [[nodiscard]] static std::optional<ToolRun> load(std::shared_ptr<const ToolDefinition> tool,
                                                     const Json& saved);
    /// A plain value. Outputs must have been polled. A run that was waiting issues its request
    /// again on ToolResume, since nobody knows whether it arrived.
    [[nodiscard]] Json save() const;

    void handle(const ToolInput& input, CallContext& context);
    [[nodiscard]] std::optional<ToolOutput> poll_output();

    [[nodiscard]] bool is_finished() const { return state_ == State::finished; }
    [[nodiscard]] const ToolDefinition& tool() const { return *tool_; }

private:
    enum class State : std::uint8_t { idle, running, waiting, finished };
    enum class Chain : std::uint8_t { actions, on_success, on_failure };

    void start(const ToolStart& start, CallContext& context);
    void on_phone(const ToolPhoneDone& done, CallContext& context);
    void on_response(const ToolHttpFinished& answer, CallContext& context);
    void run(CallContext& context);
    void fail_action(std::string error, CallContext& context);
    void finish(bool ok, CallContext& context);
    [[nodiscard]] const ActionProgram& program() const;
    template <class Kind>
    [[nodiscard]] bool waits_for() const {
        return state_ == State::waiting && std::holds_alternative<Kind>(program()[next_]);
    }

    std::shared_ptr<const ToolDefinition> tool_;
    State state_ = State::idle;
    Chain chain_ = Chain::actions;
    std::size_t next_ = 0;
    /// What templates see besides the context: {"response": …, "error": …}.
    JsonObject locals_;
    JsonObject data_;
    std::string error_;
    std::vector<std::string> spoken_;
    std::deque<ToolOutput> outputs_;
};

}  // namespace studio::core
