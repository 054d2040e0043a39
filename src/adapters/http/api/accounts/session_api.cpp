#include "adapters/http/api/accounts/session_api.hpp"

#include <utility>

#include "adapters/http/server/replies.hpp"

namespace studio::adapters {

namespace {

ApiReply session_reply(const services::ServiceResult<services::Session>& session) {
    if (!session) {
        return error_reply(session.error());
    }
    return json_reply(200, JsonObject{{"access_token", session->access_token.reveal()},
                                      {"refresh_token", session->refresh_token.reveal()},
                                      {"token_type", "bearer"},
                                      {"expires_in", session->expires_in.count()}});
}

}  // namespace

std::vector<Route> SessionApi::routes() {
    const auto handler = [this](auto member) { return handler_of(*this, member); };
    const std::string root = "/api/v1/auth/";
    const std::string scope(scope_of_table);
    return {
        {"POST", root + "login", scope, BodyKind::json, handler(&SessionApi::on_login)},
        {"POST", root + "refresh", scope, BodyKind::json, handler(&SessionApi::on_refresh)},
        {"POST", root + "logout", scope, BodyKind::json, handler(&SessionApi::on_logout)},
        {"POST", root + "invitations/accept", scope, BodyKind::json,
         handler(&SessionApi::on_accept)},
        {"POST", root + "password", scope, BodyKind::json, handler(&SessionApi::on_password)},
    };
}

Task<ApiReply> SessionApi::on_login(ApiRequest request) {
    co_return session_reply(co_await sessions_.login(std::move(request.json)));
}

Task<ApiReply> SessionApi::on_refresh(ApiRequest request) {
    co_return session_reply(co_await sessions_.refresh(std::move(request.json)));
}

Task<ApiReply> SessionApi::on_logout(ApiRequest request) {
    const auto ended = co_await sessions_.logout(std::move(request.json));
    if (!ended) {
        co_return error_reply(ended.error());
    }
    ApiReply reply;
    reply.status = 204;
    co_return reply;
}

Task<ApiReply> SessionApi::on_accept(ApiRequest request) {
    co_return session_reply(co_await sessions_.accept(std::move(request.json)));
}

Task<ApiReply> SessionApi::on_password(ApiRequest request) {
    co_return session_reply(
        co_await sessions_.change_password(std::move(request.principal), std::move(request.json)));
}

}  // namespace studio::adapters
