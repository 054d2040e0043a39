#include "apps/parts/live_side.hpp"

#include <utility>

namespace studio::apps {
namespace {

services::LiveOptions live_options(const HttpOptions& http) {
    services::LiveOptions options;
    options.streams_per_tenant_max = http.live_streams_max;
    // Some connections are left for requests, however many watch.
    options.streams_max = http.connections_max - http.connections_max / 4;
    return options;
}

}  // namespace

LiveSide::LiveSide(const Parts& parts, const HttpOptions& http)
    : reader_(parts.calls),
      hub_(live_options(http), {parts.source, parts.calls, parts.loop}),
      control_(parts.calls, parts.control),
      api_({hub_, reader_, parts.accounts, parts.loop}),
      control_api_(control_) {}

std::vector<adapters::Route> LiveSide::routes() {
    std::vector<adapters::Route> routes = api_.routes();
    adapters::append_routes(routes, control_api_.routes());
    return routes;
}

}  // namespace studio::apps
