#include "adapters/http/api/calls/call_api.hpp"

#include "adapters/http/api/calls/call_query.hpp"
#include "adapters/http/api/calls/call_views.hpp"
#include "adapters/http/api/query_reader.hpp"
#include "adapters/http/server/replies.hpp"

namespace studio::adapters {

std::vector<Route> CallApi::routes() {
    const auto handler = [this](auto member) { return handler_of(*this, member); };
    const std::string all = "/api/v1/calls";
    const std::string one = all + "/{id}";
    const std::string scope(scope_of_table);
    return {
        {"GET", all, scope, BodyKind::none, handler(&CallApi::on_list)},
        {"POST", all, scope, BodyKind::json, handler(&CallApi::on_create)},
        {"GET", one, scope, BodyKind::none, handler(&CallApi::on_load)},
        {"GET", one + "/transcript", scope, BodyKind::none, handler(&CallApi::on_transcript)},
        {"GET", one + "/metrics", scope, BodyKind::none, handler(&CallApi::on_metrics)},
        {"POST", one + "/sdp", scope, BodyKind::sdp, handler(&CallApi::on_offer)},
        {"POST", one + "/end", scope, BodyKind::none, handler(&CallApi::on_end)},
    };
}

Task<ApiReply> CallApi::on_list(ApiRequest request) {
    QueryReader reader(request.query);
    CallFilter filter = read_call_filter(reader);
    filter.page = reader.read_page();
    if (reader.has("cursor")) {
        filter.behind = read_cursor(reader.read_text("cursor", cursor_length_max));
        if (!filter.behind) {
            reader.report("cursor", "must be the next_cursor of a page");
        }
        if (reader.has("offset")) {
            reader.report("offset", "is for a list without a cursor");
        }
    }
    auto errors = reader.finish();
    if (!errors.empty()) {
        co_return error_reply(services::invalid(std::move(errors)));
    }
    const PageRequest asked = filter.page;
    const bool has_cursor = filter.behind.has_value();
    const auto page =
        co_await parts_.reader.list(std::move(request.principal.tenant_id), std::move(filter));
    if (!page) {
        co_return error_reply(page.error());
    }
    co_return json_reply(200, calls_view(*page, asked, has_cursor, parts_.loop.wall_now()));
}

Task<ApiReply> CallApi::on_create(ApiRequest request) {
    services::CallOrigin origin{std::move(request.idempotency_key), request.principal.livemode};
    const auto created = co_await parts_.calls.create(std::move(request.principal.tenant_id),
                                                      std::move(request.json), std::move(origin));
    if (!created) {
        co_return error_reply(created.error());
    }
    ApiReply reply = json_reply(201, created_call_view(*created));
    reply.headers.emplace_back("Location", "/api/v1/calls/" + created->record.id.text());
    co_return reply;
}

Task<ApiReply> CallApi::on_load(ApiRequest request) {
    const auto record = co_await parts_.reader.load(std::move(request.principal.tenant_id),
                                                    CallId(std::move(request.parameters.at(0))));
    if (!record) {
        co_return error_reply(record.error());
    }
    co_return json_reply(200, call_view(*record, parts_.loop.wall_now()));
}

Task<ApiReply> CallApi::on_transcript(ApiRequest request) {
    const auto entries = co_await parts_.reader.transcript(
        std::move(request.principal.tenant_id), CallId(std::move(request.parameters.at(0))));
    if (!entries) {
        co_return error_reply(entries.error());
    }
    co_return json_reply(200, transcript_view(*entries));
}

Task<ApiReply> CallApi::on_metrics(ApiRequest request) {
    const auto record = co_await parts_.reader.load(std::move(request.principal.tenant_id),
                                                    CallId(std::move(request.parameters.at(0))));
    if (!record) {
        co_return error_reply(record.error());
    }
    co_return json_reply(200, metrics_view(*record, parts_.loop.wall_now()));
}

Task<ApiReply> CallApi::on_offer(ApiRequest request) {
    const std::string location = "/api/v1/calls/" + request.parameters.at(0);
    auto answer = co_await parts_.calls.accept_offer(std::move(request.principal.tenant_id),
                                                     CallId(std::move(request.parameters.at(0))),
                                                     std::move(request.body));
    if (!answer) {
        co_return error_reply(answer.error());
    }
    ApiReply reply;
    reply.status = 201;
    reply.content_type = "application/sdp";
    reply.body = std::move(*answer);
    reply.headers.emplace_back("Location", location);
    co_return reply;
}

Task<ApiReply> CallApi::on_end(ApiRequest request) {
    const auto record = co_await parts_.calls.end(std::move(request.principal.tenant_id),
                                                  CallId(std::move(request.parameters.at(0))));
    if (!record) {
        co_return error_reply(record.error());
    }
    // Over, or on the way there.
    co_return json_reply(core::is_final(record->status) ? 200 : 202,
                         call_view(*record, parts_.loop.wall_now()));
}

}  // namespace studio::adapters
