#include "apps/parts/rest_api.hpp"

#include <utility>

#include "adapters/http/api/pages/page.hpp"
#include "adapters/http/api/route_scopes.hpp"

namespace studio::apps {

RestApi::RestApi(const Parts& parts)
    : parts_(parts),
      check_(parts.providers),
      key_use_(parts.stores.accounts, parts.loop),
      sign_in_({parts.loop, parts.entropy, parts.stores.users, digest_, parts.sign_in}),
      accounts_({parts.stores.accounts, digest_, parts.entropy, parts.loop, &key_use_,
                 &sign_in_.sessions()}),
      keys_({parts.stores.accounts, digest_, parts.entropy, parts.loop}),
      local_counter_(parts.loop),
      limits_({.per_minute = parts.rate_limit},
              parts.rate_counter == nullptr ? local_counter_ : *parts.rate_counter, parts.loop),
      resources_({parts.stores.resources, check_, parts.entropy, parts.loop}),
      reader_(parts.stores.calls),
      eraser_({parts.stores.erasure, parts.entropy, parts.loop}),
      analytics_(parts.stores.analytics),
      chats_({parts.stores.resources, parts.providers.by_name().language_model,
              parts.providers.http_client(), parts.providers.time_zones(), parts.entropy,
              parts.loop}),
      tool_trial_(
          {parts.stores.resources, parts.providers.http_client(), parts.entropy, parts.loop}),
      resource_api_(resources_),
      trial_api_(chats_, tool_trial_),
      key_api_({keys_, accounts_}),
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
    adapters::append_routes(routes, call_export_.routes());
    adapters::append_routes(routes, analytics_api_.routes());
    adapters::append_routes(routes, resource_api_.routes());
    adapters::append_routes(routes, trial_api_.routes());
    adapters::append_routes(routes, key_api_.routes());
    adapters::append_routes(routes, sign_in_.routes());
    adapters::append_routes(routes, operator_api_->routes());
    adapters::append_routes(routes, std::move(more));
    adapters::append_routes(routes, adapters::docs_routes());
    adapters::set_scopes(routes);
    adapters::HttpServerOptions options;
    options.address = http.host;
    options.port = http.port;
    options.connections_max = http.connections_max;
    server_ = std::make_unique<adapters::HttpServer>(
        std::move(options),
        adapters::HttpServer::Parts{parts_.loop, &accounts_, parts_.entropy, &limits_},
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
