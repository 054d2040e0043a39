#pragma once

#include <vector>

#include "adapters/http/server/api_message.hpp"
#include "services/accounts/sessions.hpp"

namespace studio::adapters {

/// /api/v1/auth/login, refresh, logout, invitations/accept and password. Lives on the loop of the
/// use case, which outlives it; it outlives the server.
class SessionApi {
public:
    explicit SessionApi(services::Sessions& sessions) : sessions_(sessions) {}

    [[nodiscard]] std::vector<Route> routes();

private:
    [[nodiscard]] Task<ApiReply> on_login(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_refresh(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_logout(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_accept(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_password(ApiRequest request);

    services::Sessions& sessions_;
};

}  // namespace studio::adapters
