#include "adapters/http/api/live/live_api.hpp"

#include <memory>
#include <set>
#include <utility>

#include "adapters/http/api/live/internal/live_reader.hpp"
#include "adapters/http/api/query_reader.hpp"
#include "adapters/http/server/replies.hpp"

namespace studio::adapters {
namespace {

/// What no client of ours sends counts as an event that is gone: the reader gets everything anew.
std::optional<LiveId> read_last_id(const std::string& text) {
    if (text.empty()) {
        return std::nullopt;
    }
    return parse_live_id(text).value_or(LiveId{});
}

ApiReply event_stream(StreamWork work) {
    ApiReply reply;
    reply.content_type = "text/event-stream";
    // Proxies that gather replies are asked not to.
    reply.headers.emplace_back("X-Accel-Buffering", "no");
    reply.stream = std::move(work);
    return reply;
}

/// A stream of whatever kind takes no query but what is read here.
std::optional<ApiReply> refuse_query(QueryReader& reader) {
    auto errors = reader.finish();
    if (errors.empty()) {
        return std::nullopt;
    }
    return error_reply(services::invalid(std::move(errors)));
}

/// How long the event of an end that is stored already may still be on its way.
constexpr milliseconds end_on_its_way{500};

}  // namespace

std::vector<Route> LiveApi::routes() {
    const auto handler = [this](auto member) { return handler_of(*this, member); };
    const std::string sse = "/api/v1/sse/calls";
    const auto none = BodyKind::none;
    // Who opens a WebSocket from a page can set no header: it is looked at here for its key.
    const std::string scope(scope_of_table);
    return {{"GET", sse + "/stream", scope, none, handler(&LiveApi::on_calls)},
            {"GET", sse + "/{id}/stream", scope, none, handler(&LiveApi::on_call)},
            {"GET", "/ws/calls", "", none, handler(&LiveApi::on_socket), true},
            {"GET", "/api/v1/ws/calls", "", none, handler(&LiveApi::on_socket), true}};
}

Task<ApiReply> LiveApi::on_calls(ApiRequest request) {
    QueryReader query(request.query);
    if (auto refusal = refuse_query(query)) {
        co_return *std::move(refusal);
    }
    services::LiveRequest wanted{.tenant = request.principal.tenant_id,
                                 .wish = {.kind = services::LiveWish::Kind::board},
                                 .after = read_last_id(request.last_event_id),
                                 .kind = "calls"};
    auto stream = co_await parts_.hub.open(std::move(wanted));
    if (!stream) {
        co_return error_reply(stream.error());
    }
    LiveReaderKey key{std::move(request.bearer), std::move(request.principal.tenant_id)};
    auto reader =
        std::make_shared<LiveReader>(parts_, options_, std::move(key), std::move(*stream));
    co_return event_stream([reader](ReplyStream& out) { return write_calls(reader, out); });
}

Task<ApiReply> LiveApi::on_call(ApiRequest request) {
    QueryReader query(request.query);
    if (auto refusal = refuse_query(query)) {
        co_return *std::move(refusal);
    }
    const CallId id(std::move(request.parameters.at(0)));
    const TenantId tenant = request.principal.tenant_id;
    const auto known = co_await parts_.reader.load(tenant, id);
    if (!known) {
        co_return error_reply(known.error());
    }
    services::LiveRequest wanted{.tenant = tenant,
                                 .wish = {.calls = std::set<CallId>{id}},
                                 .after = read_last_id(request.last_event_id),
                                 .kind = "call"};
    auto stream = co_await parts_.hub.open(std::move(wanted));
    if (!stream) {
        co_return error_reply(stream.error());
    }
    // A client that connects again by itself, as browsers do, is told to stop (HTML Living
    // Standard, section 9.2.3) where it has heard the end.
    const bool has_ended = co_await was_heard_to_end(*stream, tenant, id);
    if (has_ended) {
        ApiReply nothing;
        nothing.status = 204;
        co_return nothing;
    }
    LiveReaderKey key{std::move(request.bearer), tenant};
    auto reader =
        std::make_shared<LiveReader>(parts_, options_, std::move(key), std::move(*stream));
    co_return event_stream([reader, id](ReplyStream& out) { return write_call(reader, id, out); });
}

/// Whether its reader has heard everything of a call that is over.
Task<bool> LiveApi::was_heard_to_end(std::shared_ptr<services::LiveStream> stream, TenantId tenant,
                                     CallId id) {
    if (!stream->start().is_resumed) {
        co_return false;
    }
    const auto record = co_await parts_.reader.load(std::move(tenant), std::move(id));
    if (!record || !core::is_final(record->status)) {
        co_return false;
    }
    const runtime::CancellationToken never;
    co_await stream->wait(parts_.loop.now() + end_on_its_way, never);
    co_return !stream->has_waiting();
}

Task<ApiReply> LiveApi::on_socket(ApiRequest request) {
    QueryReader query(request.query);
    Secret<std::string> token(query.read_text("token", 4'096));
    const std::string last_id = query.read_text("last_event_id", 64);
    if (auto refusal = refuse_query(query)) {
        co_return *std::move(refusal);
    }
    if (!request.bearer.reveal().empty()) {
        token = std::move(request.bearer);
    }
    if (token.reveal().empty()) {
        co_return error_reply({services::ServiceErrorCode::authentication_error,
                               "a key is needed, in Authorization or in the query's token",
                               {}});
    }
    auto principal = co_await parts_.accounts.authenticate(token);
    if (!principal) {
        co_return error_reply(principal.error());
    }
    if (!principal->has_scope(live_scope)) {
        co_return error_reply({services::ServiceErrorCode::authorization_error,
                               std::string("the API key lacks the scope ") + live_scope,
                               {}});
    }
    services::LiveRequest wanted{
        .tenant = principal->tenant_id, .after = read_last_id(last_id), .kind = "socket"};
    auto stream = co_await parts_.hub.open(std::move(wanted));
    if (!stream) {
        co_return error_reply(stream.error());
    }
    LiveReaderKey key{std::move(token), std::move(principal->tenant_id)};
    auto reader =
        std::make_shared<LiveReader>(parts_, options_, std::move(key), std::move(*stream));
    ApiReply reply;
    reply.status = 101;
    reply.upgrade = [reader](UpgradedSocket& socket) { return talk_live(reader, socket); };
    co_return reply;
}

}  // namespace studio::adapters
