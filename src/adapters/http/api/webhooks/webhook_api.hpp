#pragma once

#include <vector>

#include "adapters/http/server/api_message.hpp"
#include "runtime/loop.hpp"
#include "services/calls/request/call_service.hpp"
#include "services/webhooks/webhooks.hpp"

namespace studio::adapters {

/// /api/v1/webhooks, and /api/v1/webhooks/ingest, by which marketing platforms have somebody
/// called. Lives on the loop of the use cases, which outlive it; it outlives the server.
class WebhookApi {
public:
    struct Parts {
        services::Webhooks& webhooks;
        services::CallService& calls;
        runtime::Loop& loop;
    };

    explicit WebhookApi(const Parts& parts) : parts_(parts) {}

    [[nodiscard]] std::vector<Route> routes();

private:
    [[nodiscard]] Task<ApiReply> on_list(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_create(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_load(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_patch(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_erase(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_rotate(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_test(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_deliveries(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_redeliver(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_ingest(ApiRequest request);

    Parts parts_;
};

}  // namespace studio::adapters
