#include "adapters/http/api/webhooks/webhook_api.hpp"

#include <string>
#include <utility>

#include "adapters/http/api/page_view.hpp"
#include "adapters/http/api/query_reader.hpp"
#include "adapters/http/api/webhooks/webhook_views.hpp"
#include "adapters/http/server/replies.hpp"

namespace studio::adapters {

namespace {

constexpr const char* folder = "/api/v1/webhooks";

/// A platform reads no room and no token: who is called is called.
Json ingested_view(const core::CallRecord& record) {
    const std::string_view status = core::name_of(record.status);
    return JsonObject{{"call_id", record.id.text()},
                      {"status", boost::json::string_view(status.data(), status.size())},
                      {"agent_name", record.agent_name},
                      {"workflow_slug",
                       record.workflow_slug.empty() ? Json(nullptr) : Json(record.workflow_slug)},
                      {"created_at", to_rfc3339(record.created_at)}};
}

/// The body of POST /calls for a telephone, of what a platform sends; the error where it asks for
/// another kind of call.
services::ServiceResult<Json> call_body(Json body) {
    JsonObject& object = body.get_object();
    const Json* type = object.if_contains("call_type");
    if (type != nullptr && !type->is_null() && *type != Json("sip")) {
        return fail(services::invalid({{"call_type", "can only be sip here"}}));
    }
    object["call_type"] = "sip";
    return body;
}

}  // namespace

std::vector<Route> WebhookApi::routes() {
    const auto handler = [this](auto member) { return handler_of(*this, member); };
    const std::string all = folder;
    const std::string one = all + "/{id}";
    const std::string log = one + "/deliveries";
    const std::string scope(scope_of_table);
    return {
        {"GET", all, scope, BodyKind::none, handler(&WebhookApi::on_list)},
        {"POST", all, scope, BodyKind::json, handler(&WebhookApi::on_create)},
        {"GET", one, scope, BodyKind::none, handler(&WebhookApi::on_load)},
        {"PATCH", one, scope, BodyKind::merge_patch, handler(&WebhookApi::on_patch)},
        {"DELETE", one, scope, BodyKind::none, handler(&WebhookApi::on_erase)},
        {"POST", one + "/rotate-secret", scope, BodyKind::none, handler(&WebhookApi::on_rotate)},
        {"POST", one + "/test", scope, BodyKind::none, handler(&WebhookApi::on_test)},
        {"GET", log, scope, BodyKind::none, handler(&WebhookApi::on_deliveries)},
        {"POST", log + "/{delivery_id}/redeliver", scope, BodyKind::none,
         handler(&WebhookApi::on_redeliver)},
        {"POST", all + "/ingest", scope, BodyKind::json, handler(&WebhookApi::on_ingest)},
    };
}

Task<ApiReply> WebhookApi::on_list(ApiRequest request) {
    QueryReader reader(request.query);
    const PageRequest asked = reader.read_page();
    auto errors = reader.finish();
    if (!errors.empty()) {
        co_return error_reply(services::invalid(std::move(errors)));
    }
    const auto page = co_await parts_.webhooks.list(std::move(request.principal.tenant_id), asked);
    if (!page) {
        co_return error_reply(page.error());
    }
    JsonArray items;
    for (const WebhookEndpoint& endpoint : page->items) {
        items.push_back(webhook_view(endpoint, parts_.loop.wall_now()));
    }
    co_return json_reply(200, page_view(std::move(items), page->total, asked));
}

Task<ApiReply> WebhookApi::on_create(ApiRequest request) {
    const auto made = co_await parts_.webhooks.create(std::move(request.principal.tenant_id),
                                                      std::move(request.json));
    if (!made) {
        co_return error_reply(made.error());
    }
    ApiReply reply = json_reply(201, made_webhook_view(*made, parts_.loop.wall_now()));
    reply.headers.emplace_back("Location", std::string(folder) + '/' + made->endpoint.id);
    reply.headers.emplace_back("Cache-Control", "no-store");
    co_return reply;
}

Task<ApiReply> WebhookApi::on_load(ApiRequest request) {
    const auto endpoint = co_await parts_.webhooks.load(std::move(request.principal.tenant_id),
                                                        std::move(request.parameters.at(0)));
    if (!endpoint) {
        co_return error_reply(endpoint.error());
    }
    co_return json_reply(200, webhook_view(*endpoint, parts_.loop.wall_now()));
}

Task<ApiReply> WebhookApi::on_patch(ApiRequest request) {
    const auto endpoint = co_await parts_.webhooks.patch(std::move(request.principal.tenant_id),
                                                         std::move(request.parameters.at(0)),
                                                         std::move(request.json));
    if (!endpoint) {
        co_return error_reply(endpoint.error());
    }
    co_return json_reply(200, webhook_view(*endpoint, parts_.loop.wall_now()));
}

Task<ApiReply> WebhookApi::on_erase(ApiRequest request) {
    const auto erased = co_await parts_.webhooks.erase(std::move(request.principal.tenant_id),
                                                       std::move(request.parameters.at(0)));
    if (!erased) {
        co_return error_reply(erased.error());
    }
    ApiReply reply;
    reply.status = 204;
    co_return reply;
}

Task<ApiReply> WebhookApi::on_rotate(ApiRequest request) {
    const auto made = co_await parts_.webhooks.rotate_secret(std::move(request.principal.tenant_id),
                                                             std::move(request.parameters.at(0)));
    if (!made) {
        co_return error_reply(made.error());
    }
    ApiReply reply = json_reply(200, made_webhook_view(*made, parts_.loop.wall_now()));
    reply.headers.emplace_back("Cache-Control", "no-store");
    co_return reply;
}

Task<ApiReply> WebhookApi::on_test(ApiRequest request) {
    const auto delivery = co_await parts_.webhooks.send_test(std::move(request.principal.tenant_id),
                                                             std::move(request.parameters.at(0)));
    if (!delivery) {
        co_return error_reply(delivery.error());
    }
    co_return json_reply(202, delivery_view(*delivery));
}

Task<ApiReply> WebhookApi::on_deliveries(ApiRequest request) {
    QueryReader reader(request.query);
    DeliveryFilter filter;
    filter.page = reader.read_page();
    if (const std::string status = reader.read_text("status", 32); !status.empty()) {
        filter.status = parse_delivery_status(status);
        if (!filter.status) {
            reader.report("status", "must be pending, delivered or failed");
        }
    }
    auto errors = reader.finish();
    if (!errors.empty()) {
        co_return error_reply(services::invalid(std::move(errors)));
    }
    const auto page = co_await parts_.webhooks.list_deliveries(
        std::move(request.principal.tenant_id), std::move(request.parameters.at(0)), filter);
    if (!page) {
        co_return error_reply(page.error());
    }
    JsonArray items;
    for (const WebhookDelivery& delivery : page->items) {
        items.push_back(delivery_view(delivery));
    }
    co_return json_reply(200, page_view(std::move(items), page->total, filter.page));
}

Task<ApiReply> WebhookApi::on_redeliver(ApiRequest request) {
    DeliveryName name{std::move(request.principal.tenant_id), std::move(request.parameters.at(0)),
                      std::move(request.parameters.at(1))};
    const auto delivery = co_await parts_.webhooks.redeliver(std::move(name));
    if (!delivery) {
        co_return error_reply(delivery.error());
    }
    co_return json_reply(202, delivery_view(*delivery));
}

Task<ApiReply> WebhookApi::on_ingest(ApiRequest request) {
    auto body = call_body(std::move(request.json));
    if (!body) {
        co_return error_reply(body.error());
    }
    services::CallOrigin origin{std::move(request.idempotency_key), request.principal.livemode};
    const auto created = co_await parts_.calls.create(std::move(request.principal.tenant_id),
                                                      std::move(*body), std::move(origin));
    if (!created) {
        co_return error_reply(created.error());
    }
    ApiReply reply = json_reply(201, ingested_view(created->record));
    reply.headers.emplace_back("Location", "/api/v1/calls/" + created->record.id.text());
    co_return reply;
}

}  // namespace studio::adapters
