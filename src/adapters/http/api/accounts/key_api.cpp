#include "adapters/http/api/accounts/key_api.hpp"

#include <utility>

#include "adapters/http/api/accounts/key_views.hpp"
#include "adapters/http/api/page_view.hpp"
#include "adapters/http/api/query_reader.hpp"
#include "adapters/http/server/replies.hpp"

namespace studio::adapters {

std::vector<Route> KeyApi::routes() {
    const auto handler = [this](auto member) { return handler_of(*this, member); };
    const std::string all = "/api/v1/auth/api-keys";
    const std::string scope(scope_of_table);
    return {
        {"GET", "/api/v1/auth/me", scope, BodyKind::none, handler(&KeyApi::on_me)},
        {"GET", all, scope, BodyKind::none, handler(&KeyApi::on_list)},
        {"POST", all, scope, BodyKind::json, handler(&KeyApi::on_create)},
        {"DELETE", all + "/{id}", scope, BodyKind::none, handler(&KeyApi::on_revoke)},
    };
}

Task<ApiReply> KeyApi::on_me(ApiRequest request) {
    const auto tenant = co_await parts_.accounts.load_tenant(request.principal.tenant_id);
    if (!tenant) {
        co_return error_reply(tenant.error());
    }
    co_return json_reply(200, principal_view(request.principal, *tenant));
}

Task<ApiReply> KeyApi::on_list(ApiRequest request) {
    QueryReader reader(request.query);
    const PageRequest asked = reader.read_page();
    auto errors = reader.finish();
    if (!errors.empty()) {
        co_return error_reply(services::invalid(std::move(errors)));
    }
    const auto page = co_await parts_.keys.list(std::move(request.principal.tenant_id), asked);
    if (!page) {
        co_return error_reply(page.error());
    }
    JsonArray items;
    for (const ApiKey& key : page->items) {
        items.push_back(key_view(key));
    }
    co_return json_reply(200, page_view(std::move(items), page->total, asked));
}

Task<ApiReply> KeyApi::on_create(ApiRequest request) {
    const auto made =
        co_await parts_.keys.create(std::move(request.principal), std::move(request.json));
    if (!made) {
        co_return error_reply(made.error());
    }
    co_return json_reply(201, made_key_view(*made));
}

Task<ApiReply> KeyApi::on_revoke(ApiRequest request) {
    const auto revoked = co_await parts_.keys.revoke(std::move(request.principal),
                                                     ApiKeyId(std::move(request.parameters.at(0))));
    if (!revoked) {
        co_return error_reply(revoked.error());
    }
    ApiReply reply;
    reply.status = 204;
    co_return reply;
}

}  // namespace studio::adapters
