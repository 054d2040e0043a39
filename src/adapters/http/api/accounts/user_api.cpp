#include "adapters/http/api/accounts/user_api.hpp"

#include <utility>

#include "adapters/http/api/page_view.hpp"
#include "adapters/http/api/query_reader.hpp"
#include "adapters/http/server/replies.hpp"
#include "base/json_or_null.hpp"

namespace studio::adapters {

namespace {

/// For the tenant whose people they are; never for the log.
JsonObject user_view(const User& user) {
    return {{"id", user.id.text()},
            {"email", user.email.reveal()},
            {"name", user.name.reveal()},
            {"role", user.role},
            {"is_active", user.is_active},
            {"has_password", !user.password_hash.reveal().empty()},
            {"created_at", to_rfc3339(user.created_at)},
            {"last_login_at", time_or_null(user.last_login_at)},
            {"invitation_expires_at", time_or_null(user.invitation_expires_at)}};
}

ApiReply user_reply(const services::ServiceResult<User>& user) {
    return user ? json_reply(200, user_view(*user)) : error_reply(user.error());
}

ApiReply invitation_reply(int status, const services::ServiceResult<services::Invitation>& made) {
    if (!made) {
        return error_reply(made.error());
    }
    JsonObject view = user_view(made->user);
    view["invitation_token"] = made->token.reveal();
    return json_reply(status, view);
}

UserId id_of(ApiRequest& request) {
    return UserId(std::move(request.parameters.at(0)));
}

}  // namespace

std::vector<Route> UserApi::routes() {
    const auto handler = [this](auto member) { return handler_of(*this, member); };
    const std::string all = "/api/v1/users";
    const std::string one = all + "/{id}";
    const std::string scope(scope_of_table);
    return {
        {"GET", all, scope, BodyKind::none, handler(&UserApi::on_list)},
        {"POST", all, scope, BodyKind::json, handler(&UserApi::on_invite)},
        {"GET", one, scope, BodyKind::none, handler(&UserApi::on_load)},
        {"PATCH", one, scope, BodyKind::merge_patch, handler(&UserApi::on_change)},
        {"DELETE", one, scope, BodyKind::none, handler(&UserApi::on_erase)},
        {"POST", one + "/invitation", scope, BodyKind::none, handler(&UserApi::on_invite_again)},
    };
}

Task<ApiReply> UserApi::on_list(ApiRequest request) {
    QueryReader reader(request.query);
    const PageRequest asked = reader.read_page();
    auto errors = reader.finish();
    if (!errors.empty()) {
        co_return error_reply(services::invalid(std::move(errors)));
    }
    const auto page = co_await users_.list(std::move(request.principal.tenant_id), asked);
    if (!page) {
        co_return error_reply(page.error());
    }
    JsonArray items;
    for (const User& user : page->items) {
        items.push_back(user_view(user));
    }
    co_return json_reply(200, page_view(std::move(items), page->total, asked));
}

Task<ApiReply> UserApi::on_invite(ApiRequest request) {
    co_return invitation_reply(
        201, co_await users_.invite(std::move(request.principal), std::move(request.json)));
}

Task<ApiReply> UserApi::on_load(ApiRequest request) {
    UserId id = id_of(request);
    co_return user_reply(
        co_await users_.load(std::move(request.principal.tenant_id), std::move(id)));
}

Task<ApiReply> UserApi::on_change(ApiRequest request) {
    UserId id = id_of(request);
    co_return user_reply(co_await users_.change(std::move(request.principal), std::move(id),
                                                std::move(request.json)));
}

Task<ApiReply> UserApi::on_erase(ApiRequest request) {
    UserId id = id_of(request);
    const auto erased = co_await users_.erase(std::move(request.principal), std::move(id));
    if (!erased) {
        co_return error_reply(erased.error());
    }
    ApiReply reply;
    reply.status = 204;
    co_return reply;
}

Task<ApiReply> UserApi::on_invite_again(ApiRequest request) {
    UserId id = id_of(request);
    co_return invitation_reply(
        200, co_await users_.invite_again(std::move(request.principal), std::move(id)));
}

}  // namespace studio::adapters
