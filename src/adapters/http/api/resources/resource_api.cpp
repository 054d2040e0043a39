#include "adapters/http/api/resources/resource_api.hpp"

#include "adapters/http/api/entity_tag.hpp"
#include "adapters/http/api/page_view.hpp"
#include "adapters/http/api/query_reader.hpp"
#include "adapters/http/api/resources/resource_views.hpp"
#include "adapters/http/server/replies.hpp"

namespace studio::adapters {

namespace {

std::string folder_of(ResourceKind kind) {
    return std::string("/api/v1/") + info_of(kind).plural;
}

ApiReply reply_of(ResourceKind kind, int status,
                  const services::ServiceResult<services::ResourceAnswer>& result) {
    if (!result) {
        return error_reply(result.error());
    }
    ApiReply reply = json_reply(status, resource_view(kind, *result));
    reply.headers.emplace_back("ETag", tag_of(result->resource));
    reply.headers.emplace_back("Cache-Control", "private, no-cache");
    return reply;
}

/// RFC 9110, sections 13.1.1 and 13.1.2, for requests that change the resource.
services::Resources::Target target_of(ResourceKind kind, ApiRequest& request) {
    services::ResourceCondition condition;
    if (!request.if_match.empty() || !request.if_none_match.empty()) {
        condition = [wanted = request.if_match,
                     unwanted = request.if_none_match](const Resource& present) {
            const std::string tag = tag_of(present);
            return (wanted.empty() || matches_any_tag(wanted, tag, TagComparison::strong)) &&
                   !matches_any_tag(unwanted, tag, TagComparison::weak);
        };
    }
    return {kind, std::move(request.principal.tenant_id), std::move(request.parameters.at(0)),
            std::move(condition)};
}

}  // namespace

std::vector<Route> ResourceApi::routes() {
    std::vector<Route> routes;
    for (const ResourceKindInfo& info : resource_kinds()) {
        add_routes(routes, info.kind);
    }
    return routes;
}

void ResourceApi::add_routes(std::vector<Route>& routes, ResourceKind kind) {
    const auto handler = [this,
                          kind](Task<ApiReply> (ResourceApi::*member)(ResourceKind, ApiRequest)) {
        return ApiHandler([this, kind, member](ApiRequest request) {
            return (this->*member)(kind, std::move(request));
        });
    };
    const std::string all = folder_of(kind);
    const std::string one = all + "/{" + info_of(kind).name_field + "}";
    const std::string scope(scope_of_table);
    routes.push_back({"GET", all, scope, BodyKind::none, handler(&ResourceApi::on_list)});
    routes.push_back({"POST", all, scope, BodyKind::json, handler(&ResourceApi::on_create)});
    routes.push_back({"GET", one, scope, BodyKind::none, handler(&ResourceApi::on_load)});
    routes.push_back({"PUT", one, scope, BodyKind::json, handler(&ResourceApi::on_replace)});
    routes.push_back({"PATCH", one, scope, BodyKind::merge_patch, handler(&ResourceApi::on_patch)});
    routes.push_back({"DELETE", one, scope, BodyKind::none, handler(&ResourceApi::on_erase)});
    if (kind == ResourceKind::workflow) {
        add_piece_routes(routes, one);
    }
}

/// A node or a connection by itself, for editors that change one at a time.
void ResourceApi::add_piece_routes(std::vector<Route>& routes, const std::string& workflow) {
    const std::string scope(scope_of_table);
    for (const services::ConfigList& list :
         {services::workflow_nodes(), services::workflow_connections()}) {
        const std::string piece = workflow + '/' + list.name + "/{id}";
        const auto handler = [this, list](bool erases) {
            return ApiHandler([this, list, erases](ApiRequest request) {
                return on_piece(list, erases, std::move(request));
            });
        };
        routes.push_back({"PUT", piece, scope, BodyKind::json, handler(false)});
        routes.push_back({"DELETE", piece, scope, BodyKind::none, handler(true)});
    }
}

Task<ApiReply> ResourceApi::on_piece(services::ConfigList list, bool erases, ApiRequest request) {
    services::Resources::Piece piece{list, request.parameters.at(1), {}};
    if (!erases) {
        JsonObject& item = request.json.get_object();
        // The path names it; a body that names another is refused.
        if (const Json* id = item.if_contains("id"); id == nullptr || id->is_null()) {
            item["id"] = piece.id;
        } else if (*id != Json(piece.id)) {
            co_return error_reply(services::invalid({{"id", "must be that of the path"}}));
        }
        piece.item = std::move(request.json);
    }
    auto target = target_of(ResourceKind::workflow, request);
    const auto saved = co_await resources_.write_piece(std::move(target), std::move(piece));
    co_return reply_of(ResourceKind::workflow, 200, saved);
}

Task<ApiReply> ResourceApi::on_list(ResourceKind kind, ApiRequest request) {
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
    const auto page =
        co_await resources_.list(kind, std::move(request.principal.tenant_id), std::move(filter));
    if (!page) {
        co_return error_reply(page.error());
    }
    JsonArray items;
    for (const Resource& resource : page->items) {
        items.push_back(resource_summary_view(kind, resource));
    }
    co_return json_reply(200, page_view(std::move(items), page->total, asked));
}

Task<ApiReply> ResourceApi::on_create(ResourceKind kind, ApiRequest request) {
    const auto created = co_await resources_.create(kind, std::move(request.principal.tenant_id),
                                                    std::move(request.json));
    ApiReply reply = reply_of(kind, 201, created);
    if (created) {
        reply.headers.emplace_back("Location", folder_of(kind) + '/' + created->resource.name);
    }
    co_return reply;
}

Task<ApiReply> ResourceApi::on_load(ResourceKind kind, ApiRequest request) {
    const auto loaded = co_await resources_.load(kind, std::move(request.principal.tenant_id),
                                                 std::move(request.parameters.at(0)));
    ApiReply reply = reply_of(kind, 200, loaded);
    if (loaded && is_unchanged(request, tag_of(loaded->resource))) {
        reply.status = 304;
    }
    co_return reply;
}

Task<ApiReply> ResourceApi::on_replace(ResourceKind kind, ApiRequest request) {
    auto target = target_of(kind, request);
    const auto saved = co_await resources_.replace(std::move(target), std::move(request.json));
    co_return reply_of(kind, 200, saved);
}

Task<ApiReply> ResourceApi::on_patch(ResourceKind kind, ApiRequest request) {
    auto target = target_of(kind, request);
    const auto saved = co_await resources_.patch(std::move(target), std::move(request.json));
    co_return reply_of(kind, 200, saved);
}

Task<ApiReply> ResourceApi::on_erase(ResourceKind kind, ApiRequest request) {
    auto target = target_of(kind, request);
    const auto erased = co_await resources_.erase(std::move(target));
    if (!erased) {
        co_return error_reply(erased.error());
    }
    ApiReply reply;
    reply.status = 204;
    co_return reply;
}

}  // namespace studio::adapters
