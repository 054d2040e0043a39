#pragma once

#include <functional>
#include <string>

#include "adapters/http/api_message.hpp"
#include "ports/resource_store.hpp"
#include "services/platform/accounts.hpp"
#include "services/platform/calls.hpp"
#include "services/platform/resources.hpp"

namespace studio::adapters {

/// The REST API: turns requests into use cases and their results into JSON. Lives on the loop of
/// the use cases, which outlive it; it outlives the server.
class Api {
public:
    struct Parts {
        services::Accounts& accounts;
        services::Resources& resources;
        services::Calls& calls;
        runtime::Loop& loop;
        /// Shown by GET /health.
        std::string version;
    };

    explicit Api(Parts parts) : parts_(std::move(parts)) {}

    /// The whole table: health, metrics, agents, tools, calls. Literal paths come before patterns.
    [[nodiscard]] std::vector<Route> routes();

private:
    [[nodiscard]] Task<ApiReply> on_live(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_ready(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_health(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_metrics(ApiRequest request);

    void add_resource_routes(std::vector<Route>& routes, ResourceKind kind, std::string folder);
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
