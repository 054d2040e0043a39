#include "adapters/http/api/calls/call_export.hpp"

#include <stdexcept>
#include <utility>

#include "adapters/http/api/calls/call_query.hpp"
#include "adapters/http/api/calls/call_views.hpp"
#include "adapters/http/api/query_reader.hpp"
#include "adapters/http/server/replies.hpp"
#include "base/utf8.hpp"
#include "runtime/task_scope.hpp"

namespace studio::adapters {

namespace {

/// Rows that are read, and sent, at once.
constexpr std::uint32_t rows_at_once = 200;
/// A database that restarts is back within seconds.
constexpr int tries_max = 10;
constexpr milliseconds retry_delay{1'000};
/// As in POST /calls.
constexpr std::size_t user_id_characters_max = 256;

/// Of CSV, and in this order of JSON lines, which have more.
const std::vector<std::string_view>& columns() {
    static const std::vector<std::string_view> names{"id",
                                                     "agent_name",
                                                     "workflow_slug",
                                                     "user_id",
                                                     "status",
                                                     "status_reason",
                                                     "direction",
                                                     "call_type",
                                                     "phone_number",
                                                     "duration_seconds",
                                                     "turns",
                                                     "interruptions",
                                                     "agent_handoffs",
                                                     "total_tokens",
                                                     "stt_latency_ms",
                                                     "llm_latency_ms",
                                                     "tts_latency_ms",
                                                     "turn_latency_ms",
                                                     "agent_history",
                                                     "metadata",
                                                     "created_at",
                                                     "started_at",
                                                     "ended_at"};
    return names;
}

/// The call as the API shows it, with its metrics beside the rest.
JsonObject row_view(const core::CallRecord& record, WallTime now) {
    JsonObject row = call_view(record, now).get_object();
    const Json metrics = metrics_view(record, now);
    for (const auto& member : metrics.get_object()) {
        row[member.key()] = member.value();
    }
    return row;
}

Json receipt_view(const services::ErasureReceipt& receipt) {
    const ErasedTraces& traces = receipt.traces;
    return JsonObject{{"id", receipt.id},
                      {"erased_at", to_rfc3339(receipt.erased_at)},
                      {"calls", traces.calls},
                      {"transcript_entries", traces.transcript_entries},
                      {"events", traces.events},
                      {"labels", traces.labels},
                      {"idempotency_keys", traces.idempotency_keys}};
}

}  // namespace

std::vector<Route> CallExport::routes() {
    const auto handler = [this](auto member) { return handler_of(*this, member); };
    const std::string scope(scope_of_table);
    return {{"GET", "/api/v1/calls/export", scope, BodyKind::none, handler(&CallExport::on_export)},
            {"DELETE", "/api/v1/calls/{id}", scope, BodyKind::none,
             handler(&CallExport::on_erase_call)},
            {"DELETE", "/api/v1/callers/{user_id}/data", scope, BodyKind::none,
             handler(&CallExport::on_erase_user)}};
}

Task<ApiReply> CallExport::on_export(ApiRequest request) {
    QueryReader reader(request.query);
    CallFilter filter = read_call_filter(reader);
    const std::string format = reader.read_word("format", {"csv", "jsonl"});
    auto errors = reader.finish();
    if (!errors.empty()) {
        co_return error_reply(services::invalid(std::move(errors)));
    }
    const TableFormat wanted = format == "jsonl" ? TableFormat::jsonl : TableFormat::csv;
    const TenantId tenant = std::move(request.principal.tenant_id);
    filter.page.limit = rows_at_once;
    // Behind every call: nothing is counted.
    filter.behind = CallPlace{WallTime::max(), {}};
    CallFilter probe = filter;
    probe.page.limit = 1;
    // So that trouble is told by a status, which a reply that has begun has no more.
    const auto first = co_await parts_.reader.list(tenant, std::move(probe));
    if (!first) {
        co_return error_reply(first.error());
    }
    ApiReply reply;
    reply.content_type = content_type_of(wanted);
    reply.headers.emplace_back("Content-Disposition",
                               std::string("attachment; filename=\"calls.") +
                                   (wanted == TableFormat::csv ? "csv\"" : "jsonl\""));
    reply.stream = [this, tenant, filter, wanted](ReplyStream& stream) {
        return write_calls(tenant, filter, wanted, stream);
    };
    co_return reply;
}

Task<void> CallExport::write_calls(TenantId tenant, CallFilter filter, TableFormat format,
                                   ReplyStream& stream) {
    std::string piece = format == TableFormat::csv ? csv_head(columns()) : std::string();
    while (true) {
        const auto page = co_await read_page(tenant, filter, stream);
        if (!page) {
            co_return;
        }
        piece += rows_of(*page, format);
        std::string rows = std::exchange(piece, std::string());
        const bool is_read = co_await stream.write(std::move(rows));
        if (!is_read || page->total < rows_at_once || page->items.empty()) {
            co_return;
        }
        filter.behind = CallPlace{page->items.back().created_at, page->items.back().id};
    }
}

Task<std::optional<CallExport::Calls>> CallExport::read_page(TenantId tenant, CallFilter filter,
                                                             ReplyStream& stream) {
    for (int tries = 0; tries < tries_max; ++tries) {
        auto page = co_await parts_.reader.list(tenant, filter);
        if (page) {
            co_return std::optional<Calls>(std::move(*page));
        }
        const bool slept = co_await runtime::sleep_for(parts_.loop, retry_delay, stream.token());
        if (!slept) {
            co_return std::optional<Calls>();
        }
    }
    // A body that ended in good order would pass for a whole one; this breaks the connection.
    throw std::runtime_error("the database stayed away from an export");
}

std::string CallExport::rows_of(const Calls& page, TableFormat format) const {
    std::string text;
    for (const core::CallRecord& record : page.items) {
        text += table_row(format, row_view(record, parts_.loop.wall_now()), columns());
    }
    return text;
}

Task<ApiReply> CallExport::on_erase_call(ApiRequest request) {
    const auto receipt = co_await parts_.eraser.erase_call(
        std::move(request.principal.tenant_id), CallId(std::move(request.parameters.at(0))));
    if (!receipt) {
        co_return error_reply(receipt.error());
    }
    co_return json_reply(200, receipt_view(*receipt));
}

Task<ApiReply> CallExport::on_erase_user(ApiRequest request) {
    if (count_characters(request.parameters.at(0)) > user_id_characters_max) {
        co_return error_reply(services::invalid({{"user_id", "must be at most 256 characters"}}));
    }
    const auto receipt = co_await parts_.eraser.erase_user(std::move(request.principal.tenant_id),
                                                           std::move(request.parameters.at(0)));
    if (!receipt) {
        co_return error_reply(receipt.error());
    }
    co_return json_reply(200, receipt_view(*receipt));
}

}  // namespace studio::adapters
