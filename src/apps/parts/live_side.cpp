#include "apps/parts/live_side.hpp"

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
      api_({hub_, reader_, parts.accounts, parts.loop}) {}

}  // namespace studio::apps
