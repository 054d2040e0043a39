#include "adapters/http/api.hpp"
#include "adapters/http/query_reader.hpp"
#include "adapters/http/replies.hpp"
#include "adapters/http/views.hpp"

namespace studio::adapters {

namespace {

ApiReply reply_of(int status, ResourceKind kind, const services::ServiceResult<Resource>& result) {
    if (!result) {
        return error_reply(result.error());
    }
    return json_reply(status, resource_view(kind, *result));
}

}  // namespace

void Api::add_resource_routes(std::vector<Route>& routes, ResourceKind kind, std::string folder) {
    const auto handler = [this, kind](Task<ApiReply> (Api::*member)(ResourceKind, ApiRequest)) {
        return ApiHandler([this, kind, member](ApiRequest request) {
            return (this->*member)(kind, std::move(request));
        });
    };
    const std::string all = "/api/v1/" + folder;
    const std::string one = all + "/{name}";
    const std::string read = folder + ":read";
    const std::string write = folder + ":write";
    routes.push_back({"GET", all, read, BodyKind::none, handler(&Api::on_list)});
    routes.push_back({"POST", all, write, BodyKind::json, handler(&Api::on_create)});
    routes.push_back({"GET", one, read, BodyKind::none, handler(&Api::on_load)});
    routes.push_back({"PUT", one, write, BodyKind::json, handler(&Api::on_replace)});
    routes.push_back({"PATCH", one, write, BodyKind::json, handler(&Api::on_patch)});
    routes.push_back({"DELETE", one, folder + ":delete", BodyKind::none, handler(&Api::on_erase)});
}

Task<ApiReply> Api::on_list(ResourceKind kind, ApiRequest request) {
    QueryReader reader(request.query);
    ResourceFilter filter;
    filter.page = reader.read_page();
    filter.is_active = reader.read_boolean("is_active");
    filter.search = reader.read_text("search", 100);
    auto errors = reader.finish();
    if (!errors.empty()) {
        co_return error_reply(services::invalid(std::move(errors)));
    }
    const PageRequest asked = filter.page;
    const auto page = co_await parts_.resources.list(kind, std::move(request.principal.tenant_id),
                                                     std::move(filter));
    if (!page) {
        co_return error_reply(page.error());
    }
    JsonArray items;
    for (const Resource& resource : page->items) {
        items.push_back(kind == ResourceKind::agent ? agent_summary_view(resource)
                                                    : tool_summary_view(resource));
    }
    co_return json_reply(200, page_view(std::move(items), page->total, asked));
}

Task<ApiReply> Api::on_create(ResourceKind kind, ApiRequest request) {
    const auto created = co_await parts_.resources.create(
        kind, std::move(request.principal.tenant_id), std::move(request.json));
    ApiReply reply = reply_of(201, kind, created);
    if (created) {
        reply.headers.emplace_back(
            "Location",
            (kind == ResourceKind::agent ? "/api/v1/agents/" : "/api/v1/tools/") + created->name);
    }
    co_return reply;
}

Task<ApiReply> Api::on_load(ResourceKind kind, ApiRequest request) {
    const auto loaded = co_await parts_.resources.load(kind, std::move(request.principal.tenant_id),
                                                       std::move(request.parameters.at(0)));
    co_return reply_of(200, kind, loaded);
}

Task<ApiReply> Api::on_replace(ResourceKind kind, ApiRequest request) {
    const auto saved = co_await parts_.resources.replace(
        kind, std::move(request.principal.tenant_id), std::move(request.parameters.at(0)),
        std::move(request.json));
    co_return reply_of(200, kind, saved);
}

Task<ApiReply> Api::on_patch(ResourceKind kind, ApiRequest request) {
    const auto saved = co_await parts_.resources.patch(kind, std::move(request.principal.tenant_id),
                                                       std::move(request.parameters.at(0)),
                                                       std::move(request.json));
    co_return reply_of(200, kind, saved);
}

Task<ApiReply> Api::on_erase(ResourceKind kind, ApiRequest request) {
    const auto erased = co_await parts_.resources.erase(
        kind, std::move(request.principal.tenant_id), std::move(request.parameters.at(0)));
    if (!erased) {
        co_return error_reply(erased.error());
    }
    ApiReply reply;
    reply.status = 204;
    co_return reply;
}

}  // namespace studio::adapters
