#pragma once

#include <vector>

#include "adapters/http/server/api_message.hpp"
#include "services/calls/request/call_service.hpp"

namespace studio::adapters {

/// /api/v1/calls: turns requests into use cases and their results into JSON. Lives on the loop of
/// the use cases, which outlive it; it outlives the server.
class CallApi {
public:
    struct Parts {
        services::CallReader& reader;
        services::CallService& calls;
        runtime::Loop& loop;
    };

    explicit CallApi(const Parts& parts) : parts_(parts) {}

    [[nodiscard]] std::vector<Route> routes();

private:
    [[nodiscard]] Task<ApiReply> on_list(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_create(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_load(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_transcript(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_metrics(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_offer(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_end(ApiRequest request);

    Parts parts_;
};

}  // namespace studio::adapters
