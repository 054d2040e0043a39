#include "adapters/http/api.hpp"

#include "adapters/http/replies.hpp"
#include "base/metric.hpp"

namespace studio::adapters {

namespace {

/// Wraps a member coroutine as a handler.
template <class Member>
ApiHandler bind(Api& api, Member member) {
    return [&api, member](ApiRequest request) { return (api.*member)(std::move(request)); };
}

}  // namespace

std::vector<Route> Api::routes() {
    std::vector<Route> routes{
        {"GET", "/health/live", "", BodyKind::none, bind(*this, &Api::on_live)},
        {"GET", "/health/ready", "", BodyKind::none, bind(*this, &Api::on_ready)},
        {"GET", "/health", "", BodyKind::none, bind(*this, &Api::on_health)},
        {"GET", "/metrics", "metrics:read", BodyKind::none, bind(*this, &Api::on_metrics)},
        {"GET", "/api/v1/calls", "calls:read", BodyKind::none, bind(*this, &Api::on_list_calls)},
        {"POST", "/api/v1/calls", "calls:create", BodyKind::json,
         bind(*this, &Api::on_create_call)},
        {"GET", "/api/v1/calls/{id}", "calls:read", BodyKind::none,
         bind(*this, &Api::on_load_call)},
        {"GET", "/api/v1/calls/{id}/transcript", "calls:read", BodyKind::none,
         bind(*this, &Api::on_transcript)},
        {"GET", "/api/v1/calls/{id}/metrics", "calls:read", BodyKind::none,
         bind(*this, &Api::on_call_metrics)},
        {"POST", "/api/v1/calls/{id}/sdp", "calls:create", BodyKind::sdp,
         bind(*this, &Api::on_offer)},
        {"POST", "/api/v1/calls/{id}/end", "calls:create", BodyKind::none,
         bind(*this, &Api::on_end_call)},
    };
    add_resource_routes(routes, ResourceKind::agent, "agents");
    add_resource_routes(routes, ResourceKind::tool, "tools");
    return routes;
}

Task<ApiReply> Api::on_live(ApiRequest) {
    co_return json_reply(
        200, JsonObject{{"status", "alive"}, {"timestamp", to_rfc3339(parts_.loop.wall_now())}});
}

Task<ApiReply> Api::on_ready(ApiRequest) {
    const bool database = co_await parts_.accounts.is_ready();
    const bool accepting = parts_.calls.is_accepting();
    const char* status = !accepting ? "draining" : database ? "ready" : "not_ready";
    co_return json_reply(database && accepting ? 200 : 503,
                         JsonObject{{"status", status},
                                    {"timestamp", to_rfc3339(parts_.loop.wall_now())},
                                    {"database", database ? "healthy" : "unhealthy"}});
}

Task<ApiReply> Api::on_health(ApiRequest) {
    const bool database = co_await parts_.accounts.is_ready();
    const bool accepting = parts_.calls.is_accepting();
    const char* status = !database ? "unhealthy" : accepting ? "healthy" : "degraded";
    JsonObject checks{
        {"database", JsonObject{{"status", database ? "healthy" : "unhealthy"}}},
        {"calls", JsonObject{{"status", accepting ? "healthy" : "draining"}}},
    };
    co_return json_reply(database ? 200 : 503,
                         JsonObject{{"status", status},
                                    {"timestamp", to_rfc3339(parts_.loop.wall_now())},
                                    {"version", parts_.version},
                                    {"checks", std::move(checks)}});
}

Task<ApiReply> Api::on_metrics(ApiRequest) {
    ApiReply reply;
    reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
    reply.body = metrics().render();
    co_return reply;
}

}  // namespace studio::adapters
