#pragma once

#include <string>
#include <vector>

#include "adapters/http/server/api_message.hpp"
#include "ports/resource_store.hpp"
#include "services/resources/resources.hpp"

namespace studio::adapters {

/// /api/v1/agents, /api/v1/tools and what else is a resource, all alike. Lives on the loop of the
/// use case, which outlives it; it outlives the server.
class ResourceApi {
public:
    explicit ResourceApi(services::Resources& resources) : resources_(resources) {}

    [[nodiscard]] std::vector<Route> routes();

private:
    void add_routes(std::vector<Route>& routes, ResourceKind kind);
    void add_piece_routes(std::vector<Route>& routes, const std::string& workflow);
    [[nodiscard]] Task<ApiReply> on_list(ResourceKind kind, ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_create(ResourceKind kind, ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_load(ResourceKind kind, ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_replace(ResourceKind kind, ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_patch(ResourceKind kind, ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_erase(ResourceKind kind, ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_piece(services::ConfigList list, bool erases,
                                          ApiRequest request);

    services::Resources& resources_;
};

}  // namespace studio::adapters
