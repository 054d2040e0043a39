#include "adapters/http/api/trial/trial_api.hpp"

#include <utility>

#include "adapters/http/api/calls/call_views.hpp"
#include "adapters/http/server/replies.hpp"
#include "base/json_or_null.hpp"

namespace studio::adapters {
namespace {

Json chat_view(const services::ChatReply& reply) {
    const core::CallRecord& record = reply.record;
    JsonArray history(record.agent_history.begin(), record.agent_history.end());
    const bool is_over = reply.state.empty();
    return JsonObject{
        {"messages", transcript_view(reply.entries)},
        {"state", text_or_null(reply.state)},
        {"ended", is_over},
        {"status_reason", text_or_null(record.status_reason)},
        {"current_agent", is_over || history.empty() ? Json(nullptr) : Json(history.back())},
        {"agent_history", history},
        {"context", JsonObject{{"workflow", reply.workflow}, {"flags", reply.flags}}},
        {"total_tokens", record.metrics.total_tokens},
        {"errors", core::errors_to_json(record.errors)}};
}

Json request_view(const services::TriedRequest& tried) {
    JsonObject headers;
    for (const auto& [name, value] : tried.request.headers) {
        headers[name] = value;
    }
    return JsonObject{{"method", tried.request.method},
                      {"url", tried.request.url},
                      {"headers", std::move(headers)},
                      {"body", tried.request.body},
                      {"sent", tried.was_sent},
                      {"status", tried.status != 0 ? Json(tried.status) : Json(nullptr)},
                      {"response", tried.response},
                      {"error", text_or_null(tried.error)}};
}

Json tool_view(const services::ToolTrialReply& reply) {
    JsonArray requests;
    for (const services::TriedRequest& tried : reply.requests) {
        requests.push_back(request_view(tried));
    }
    return JsonObject{
        {"ok", reply.finished.ok},
        {"result", reply.finished.result},
        {"said", JsonArray(reply.said.begin(), reply.said.end())},
        {"requests", std::move(requests)},
        {"end_reason", reply.end_reason ? Json(*reply.end_reason) : Json(nullptr)},
        {"handed_over_to", reply.hand_off_to ? Json(*reply.hand_off_to) : Json(nullptr)},
        {"transfers", JsonArray(reply.transfers.begin(), reply.transfers.end())},
        {"digits", JsonArray(reply.digits.begin(), reply.digits.end())},
        {"context", JsonObject{{"workflow", reply.workflow}, {"flags", reply.flags}}}};
}

}  // namespace

std::vector<Route> TrialApi::routes() {
    const std::string scope(scope_of_table);
    return {
        {"POST", "/api/v1/agents/{name}/chat", scope, BodyKind::json,
         [this](ApiRequest request) {
             services::CallTarget target{request.parameters.at(0)};
             return on_say(std::move(target), std::move(request));
         }},
        {"POST", "/api/v1/workflows/{slug}/chat", scope, BodyKind::json,
         [this](ApiRequest request) {
             services::CallTarget target{{}, request.parameters.at(0)};
             return on_say(std::move(target), std::move(request));
         }},
        {"POST", "/api/v1/tools/{name}/try", scope, BodyKind::json,
         [this](ApiRequest request) { return on_try(std::move(request)); }},
    };
}

Task<ApiReply> TrialApi::on_try(ApiRequest request) {
    auto asked = services::parse_tool_trial(request.json);
    if (!asked) {
        co_return error_reply(services::invalid(std::move(asked.error())));
    }
    const auto reply = co_await tools_.run(std::move(request.principal.tenant_id),
                                           std::move(request.parameters.at(0)), std::move(*asked));
    if (!reply) {
        co_return error_reply(reply.error());
    }
    co_return json_reply(200, tool_view(*reply));
}

Task<ApiReply> TrialApi::on_say(services::CallTarget target, ApiRequest request) {
    auto asked = services::parse_chat_request(request.json);
    if (!asked) {
        co_return error_reply(services::invalid(std::move(asked.error())));
    }
    const auto reply = co_await chats_.say(std::move(request.principal.tenant_id),
                                           std::move(target), std::move(*asked));
    if (!reply) {
        co_return error_reply(reply.error());
    }
    co_return json_reply(200, chat_view(*reply));
}

}  // namespace studio::adapters
