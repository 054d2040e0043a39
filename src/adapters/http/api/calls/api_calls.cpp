#include "adapters/http/api/api.hpp"
#include "adapters/http/api/query_reader.hpp"
#include "adapters/http/api/views.hpp"
#include "adapters/http/server/replies.hpp"

namespace studio::adapters {

Task<ApiReply> Api::on_list_calls(ApiRequest request) {
    QueryReader reader(request.query);
    CallFilter filter;
    filter.page = reader.read_page();
    filter.agent_name = reader.read_text("agent_name", 64);
    if (const std::string status = reader.read_text("status", 32); !status.empty()) {
        filter.status = core::parse_call_status(status);
        if (!filter.status) {
            reader.report(
                "status",
                "must be pending, connecting, dialing, ringing, active, completed, failed, "
                "disconnected or timeout");
        }
    }
    auto errors = reader.finish();
    if (!errors.empty()) {
        co_return error_reply(services::invalid(std::move(errors)));
    }
    const PageRequest asked = filter.page;
    const auto page =
        co_await parts_.call_reader.list(std::move(request.principal.tenant_id), std::move(filter));
    if (!page) {
        co_return error_reply(page.error());
    }
    JsonArray items;
    for (const core::CallRecord& record : page->items) {
        items.push_back(call_view(record, parts_.loop.wall_now()));
    }
    co_return json_reply(200, page_view(std::move(items), page->total, asked));
}

Task<ApiReply> Api::on_create_call(ApiRequest request) {
    const auto created =
        co_await parts_.calls.create(std::move(request.principal.tenant_id),
                                     std::move(request.json), std::move(request.idempotency_key));
    if (!created) {
        co_return error_reply(created.error());
    }
    ApiReply reply = json_reply(201, created_call_view(*created));
    reply.headers.emplace_back("Location", "/api/v1/calls/" + created->record.id.text());
    co_return reply;
}

Task<ApiReply> Api::on_load_call(ApiRequest request) {
    const auto record = co_await parts_.call_reader.load(
        std::move(request.principal.tenant_id), CallId(std::move(request.parameters.at(0))));
    if (!record) {
        co_return error_reply(record.error());
    }
    co_return json_reply(200, call_view(*record, parts_.loop.wall_now()));
}

Task<ApiReply> Api::on_transcript(ApiRequest request) {
    const auto entries = co_await parts_.call_reader.transcript(
        std::move(request.principal.tenant_id), CallId(std::move(request.parameters.at(0))));
    if (!entries) {
        co_return error_reply(entries.error());
    }
    co_return json_reply(200, transcript_view(*entries));
}

Task<ApiReply> Api::on_call_metrics(ApiRequest request) {
    const auto record = co_await parts_.call_reader.load(
        std::move(request.principal.tenant_id), CallId(std::move(request.parameters.at(0))));
    if (!record) {
        co_return error_reply(record.error());
    }
    co_return json_reply(200, metrics_view(*record, parts_.loop.wall_now()));
}

Task<ApiReply> Api::on_offer(ApiRequest request) {
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

Task<ApiReply> Api::on_end_call(ApiRequest request) {
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
