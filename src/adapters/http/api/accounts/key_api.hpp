#pragma once

#include <vector>

#include "adapters/http/server/api_message.hpp"
#include "services/accounts/accounts.hpp"
#include "services/accounts/api_keys.hpp"

namespace studio::adapters {

/// /api/v1/auth/me and /api/v1/auth/api-keys: who asks, and the keys of its tenant. Lives on the
/// loop of the use cases, which outlive it; it outlives the server.
class KeyApi {
public:
    struct Parts {
        services::ApiKeys& keys;
        services::Accounts& accounts;
    };

    explicit KeyApi(const Parts& parts) : parts_(parts) {}

    [[nodiscard]] std::vector<Route> routes();

private:
    [[nodiscard]] Task<ApiReply> on_me(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_list(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_create(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_revoke(ApiRequest request);

    Parts parts_;
};

}  // namespace studio::adapters
