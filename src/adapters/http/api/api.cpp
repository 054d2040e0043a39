#include "adapters/http/api/api.hpp"

#include "adapters/http/server/replies.hpp"
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
    for (const ResourceKindInfo& info : resource_kinds()) {
        add_resource_routes(routes, info.kind);
    }
    return routes;
}

}  // namespace studio::adapters
