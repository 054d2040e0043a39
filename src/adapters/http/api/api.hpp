#pragma once

#include <functional>
#include <string>

#include "adapters/http/server/api_message.hpp"
#include "ports/resource_store.hpp"
#include "services/accounts/accounts.hpp"
#include "services/calls/request/call_service.hpp"
#include "services/resources/resources.hpp"

namespace studio::adapters {

/// The REST API: turns requests into use cases and their results into JSON. Lives on the loop of
/// the use cases, which outlive it; it outlives the server.
class Api {
public:
    struct Parts {
        services::Resources& resources;
        services::CallReader& call_reader;
        services::CallService& calls;
        runtime::Loop& loop;
    };

    explicit Api(Parts parts) : parts_(parts) {}

    /// The table of agents, tools and calls. Literal paths come before patterns.
    [[nodiscard]] std::vector<Route> routes();

private:
    void add_resource_routes(std::vector<Route>& routes, ResourceKind kind);
    [[nodiscard]] Task<ApiReply> on_list(ResourceKind kind, ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_create(ResourceKind kind, ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_load(ResourceKind kind, ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_replace(ResourceKind kind, ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_patch(ResourceKind kind, ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_erase(ResourceKind kind, ApiRequest request);

    [[nodiscard]] Task<ApiReply> on_list_calls(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_create_call(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_load_call(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_transcript(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_call_metrics(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_offer(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_end_call(ApiRequest request);

    Parts parts_;
};

}  // namespace studio::adapters
