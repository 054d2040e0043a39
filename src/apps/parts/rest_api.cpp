#include "apps/parts/rest_api.hpp"

#include <iterator>
#include <utility>

#include "adapters/http/api/pages/page.hpp"

namespace studio::apps {
namespace {

void append(std::vector<adapters::Route>& routes, std::vector<adapters::Route> more) {
    routes.insert(routes.end(), std::make_move_iterator(more.begin()),
                  std::make_move_iterator(more.end()));
}

}  // namespace

RestApi::RestApi(const Parts& parts)
    : parts_(parts),
      check_(parts.providers),
      accounts_({parts.stores.accounts, digest_, parts.entropy, parts.loop}),
      resources_({parts.stores.resources, check_, parts.entropy, parts.loop}),
      reader_(parts.stores.calls),
      eraser_({parts.stores.erasure, parts.entropy, parts.loop}),
      analytics_(parts.stores.analytics),
      resource_api_(resources_),
      call_export_({reader_, eraser_, parts.loop}),
      analytics_api_({analytics_, parts.loop}) {}

void RestApi::make_server(services::CallService& calls, const HttpOptions& http,
                          const OperatorOptions& operators, std::vector<adapters::Route> more) {
    call_api_ =
        std::make_unique<adapters::CallApi>(adapters::CallApi::Parts{reader_, calls, parts_.loop});
    operator_api_ = std::make_unique<adapters::OperatorApi>(
        adapters::OperatorApi::Parts{parts_.health, parts_.loop, STUDIO_VERSION,
                                     operators.metrics_token, parts_.providers.gaps()});
    std::vector<adapters::Route> routes = call_api_->routes();
    append(routes, call_export_.routes());
    append(routes, analytics_api_.routes());
    append(routes, resource_api_.routes());
    append(routes, operator_api_->routes());
    append(routes, std::move(more));
    append(routes, adapters::docs_routes());
    adapters::HttpServerOptions options;
    options.address = http.host;
    options.port = http.port;
    server_ = std::make_unique<adapters::HttpServer>(
        std::move(options), adapters::HttpServer::Parts{parts_.loop, &accounts_, parts_.entropy},
        std::move(routes));
}

Task<std::optional<std::optional<Secret<std::string>>>> RestApi::admit_first_key(
    Secret<std::string> chosen) {
    std::optional<std::optional<Secret<std::string>>> outcome;
    if (!chosen.reveal().empty()) {
        const auto admitted = co_await accounts_.admit_key(std::move(chosen));
        if (admitted) {
            outcome.emplace();
        }
        co_return outcome;
    }
    auto made = co_await accounts_.bootstrap();
    if (made) {
        outcome.emplace(std::move(*made));
    }
    co_return outcome;
}

}  // namespace studio::apps
