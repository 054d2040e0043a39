#include "adapters/http/api/operations/operator_api.hpp"

#include <utility>

#include "adapters/http/server/replies.hpp"
#include "base/constant_time.hpp"
#include "base/metric.hpp"

namespace studio::adapters {
namespace {

const char* name_of(bool healthy) {
    return healthy ? "healthy" : "unhealthy";
}

}  // namespace

HttpServerOptions operator_server_options(std::string address, std::uint16_t port) {
    HttpServerOptions options;
    options.address = std::move(address);
    options.port = port;
    options.connections_max = 64;
    options.idle_timeout = milliseconds{5'000};
    options.header_timeout = milliseconds{5'000};
    options.body_timeout = milliseconds{5'000};
    options.write_timeout = milliseconds{5'000};
    return options;
}

std::vector<Route> OperatorApi::routes() {
    const auto handler = [this](auto member) { return handler_of(*this, member); };
    return {{"GET", "/health/live", "", BodyKind::none, handler(&OperatorApi::on_live)},
            {"GET", "/health/ready", "", BodyKind::none, handler(&OperatorApi::on_ready)},
            {"GET", "/health", "", BodyKind::none, handler(&OperatorApi::on_health)},
            {"GET", "/metrics", "", BodyKind::none, handler(&OperatorApi::on_metrics)}};
}

Task<ApiReply> OperatorApi::on_live(ApiRequest) {
    co_return json_reply(
        200, JsonObject{{"status", "alive"}, {"timestamp", to_rfc3339(parts_.loop.wall_now())}});
}

Task<ApiReply> OperatorApi::on_ready(ApiRequest) {
    const services::HealthReport report = co_await parts_.health.look();
    const char* status = report.draining ? "draining" : report.is_ready() ? "ready" : "not_ready";
    JsonObject body{{"status", status}, {"timestamp", to_rfc3339(parts_.loop.wall_now())}};
    for (const auto& item : report.items) {
        if (item.critical) {
            body[item.name] = name_of(item.healthy);
        }
    }
    co_return json_reply(report.is_ready() ? 200 : 503, body);
}

Task<ApiReply> OperatorApi::on_health(ApiRequest) {
    const services::HealthReport report = co_await parts_.health.look();
    JsonObject checks{{"calls", JsonObject{{"status", report.draining ? "draining" : "healthy"}}}};
    for (const auto& item : report.items) {
        checks[item.name] = JsonObject{{"status", name_of(item.healthy)}};
    }
    JsonObject providers;
    for (const services::ProviderGap& gap : parts_.provider_gaps) {
        providers[gap.provider] = JsonObject{{"status", "unavailable"}, {"reason", gap.reason}};
    }
    co_return json_reply(report.is_whole() ? 200 : 503,
                         JsonObject{{"status", report.status()},
                                    {"timestamp", to_rfc3339(parts_.loop.wall_now())},
                                    {"version", parts_.version},
                                    {"checks", std::move(checks)},
                                    {"providers", std::move(providers)}});
}

Task<ApiReply> OperatorApi::on_metrics(ApiRequest request) {
    const std::string& token = parts_.metrics_token.reveal();
    if (!token.empty() && !equals_in_constant_time(token, request.bearer.reveal())) {
        co_return error_reply({services::ServiceErrorCode::authentication_error,
                               "the metrics token is needed: Authorization: Bearer …",
                               {}});
    }
    if (token.empty() && !request.is_internal) {
        co_return error_reply({services::ServiceErrorCode::authorization_error,
                               "metrics are shown to private addresses only, unless a token is set",
                               {}});
    }
    ApiReply reply;
    reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
    reply.body = metrics().render();
    co_return reply;
}

}  // namespace studio::adapters
