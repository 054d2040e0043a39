#pragma once

#include <vector>

#include "adapters/http/server/api_message.hpp"
#include "services/accounts/users.hpp"

namespace studio::adapters {

/// /api/v1/users: the people of a tenant. Lives on the loop of the use case, which outlives it; it
/// outlives the server.
class UserApi {
public:
    explicit UserApi(services::Users& users) : users_(users) {}

    [[nodiscard]] std::vector<Route> routes();

private:
    [[nodiscard]] Task<ApiReply> on_list(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_invite(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_load(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_change(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_erase(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_invite_again(ApiRequest request);

    services::Users& users_;
};

}  // namespace studio::adapters
