#pragma once

#include <vector>

#include "adapters/http/server/api_message.hpp"
#include "services/trial/chats.hpp"
#include "services/trial/tool_trial.hpp"

namespace studio::adapters {

/// What is tried without a call: POST /api/v1/agents/{name}/chat, /api/v1/workflows/{slug}/chat and
/// /api/v1/tools/{name}/try. Lives on the loop of the use cases, which outlive it; it outlives the
/// server.
class TrialApi {
public:
    TrialApi(services::Chats& chats, services::ToolTrial& tools) : chats_(chats), tools_(tools) {}

    [[nodiscard]] std::vector<Route> routes();

private:
    [[nodiscard]] Task<ApiReply> on_say(services::CallTarget target, ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_try(ApiRequest request);

    services::Chats& chats_;
    services::ToolTrial& tools_;
};

}  // namespace studio::adapters
