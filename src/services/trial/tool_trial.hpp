#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/entropy.hpp"
#include "base/json.hpp"
#include "core/context/call_context.hpp"
#include "core/tool/tool_run.hpp"
#include "ports/http_client.hpp"
#include "ports/resource_store.hpp"
#include "runtime/loop.hpp"
#include "services/errors/service_error.hpp"

namespace studio::services {

/// The body of a request to try a tool, checked.
struct ToolTrialRequest {
    /// As a model would give them.
    Json arguments = JsonObject{};
    /// `{{user.*}}`, `{{workflow.*}}` and `{{flags.*}}` as the tool finds them.
    Json user_context = JsonObject{};
    Json workflow = JsonObject{};
    Json flags = JsonObject{};
    /// Requests are only shown, and answered with `response`.
    bool is_dry_run = true;
    int response_status = 200;
    std::string response_body = "{}";
};

/// Reads {arguments, user_context, workflow, flags, dry_run, response: {status, body}}; every wrong
/// or unknown field is reported.
[[nodiscard]] Result<ToolTrialRequest, std::vector<core::FieldError>> parse_tool_trial(
    const Json& body);

/// A request of the tool, and what came of it.
struct TriedRequest {
    core::HttpNeeded request;
    bool was_sent = false;
    /// 0 where there was no answer.
    int status = 0;
    std::string response;
    /// Why there was none; empty where there was.
    std::string error;
};

/// What a tool did.
struct ToolTrialReply {
    core::ToolFinished finished;
    std::vector<std::string> said;
    std::vector<TriedRequest> requests;
    std::optional<std::string> end_reason;
    std::optional<std::string> hand_off_to;
    /// What the telephone would have been asked: a number to transfer to, keys to press.
    std::vector<std::string> transfers;
    std::vector<std::string> digits;
    Json workflow = JsonObject{};
    Json flags = JsonObject{};
};

/// Tools tried alone, by the machine that runs them in a call; their requests go out once each
/// where that is wanted, without the repetitions of a call. Telephone actions count as done. One
/// loop; what it is built from outlives it and its tasks.
class ToolTrial {
public:
    struct Parts {
        ResourceStore& resources;
        HttpClient& http_client;
        Entropy& entropy;
        runtime::Loop& loop;
    };

    explicit ToolTrial(Parts parts) : parts_(parts) {}

    /// not_found without the tool; arguments that do not fit are an outcome, as in a call.
    [[nodiscard]] ServiceTask<ToolTrialReply> run(TenantId tenant, std::string tool,
                                                  ToolTrialRequest request);

private:
    [[nodiscard]] Task<core::ToolInput> send(core::HttpNeeded needed,
                                             const ToolTrialRequest& request,
                                             ToolTrialReply& reply);

    Parts parts_;
};

}  // namespace studio::services
