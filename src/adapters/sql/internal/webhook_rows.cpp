#include "adapters/sql/internal/webhook_rows.hpp"

#include "core/call/call_json.hpp"

namespace studio::adapters {

namespace {

Result<void, StoreError> done(const Result<std::int64_t, StoreError>& changed) {
    if (!changed) {
        return fail(changed.error());
    }
    return {};
}

}  // namespace

void bind_endpoint(SqlQuery& query, const WebhookEndpoint& endpoint) {
    query.bind(endpoint.id)
        .bind(endpoint.tenant_id.text())
        .bind(endpoint.url)
        .bind(endpoint.description)
        .bind(core::names_to_json(endpoint.events))
        .bind(endpoint.is_active)
        .bind(endpoint.disabled_reason)
        .bind(std::int64_t{endpoint.timeout.count()})
        .bind(std::int64_t{endpoint.attempts_max})
        .bind(endpoint.sealed_secret)
        .bind(endpoint.sealed_secret_before)
        .bind(endpoint.secret_before_until)
        .bind(endpoint.created_at)
        .bind(endpoint.updated_at);
}

Result<WebhookEndpoint, StoreError> read_endpoint(const SqlRow& row) {
    const auto events = row.json(4);
    auto names = events ? core::names_from_json(*events) : std::nullopt;
    if (!names) {
        return fail(StoreError::corrupt);
    }
    WebhookEndpoint endpoint;
    endpoint.id = row.text(0);
    endpoint.tenant_id = TenantId(row.text(1));
    endpoint.url = row.text(2);
    endpoint.description = row.text(3);
    endpoint.events = std::move(*names);
    endpoint.is_active = row.truth(5);
    endpoint.disabled_reason = row.text(6);
    endpoint.timeout = milliseconds(row.number(7));
    endpoint.attempts_max = static_cast<int>(row.number(8));
    endpoint.sealed_secret = row.text(9);
    endpoint.sealed_secret_before = row.text(10);
    endpoint.secret_before_until = row.time(11);
    endpoint.created_at = row.time(12);
    endpoint.updated_at = row.time(13);
    return endpoint;
}

std::string_view name_of(DeliveryStatus status) {
    switch (status) {
        case DeliveryStatus::pending:
            return "pending";
        case DeliveryStatus::delivered:
            return "delivered";
        case DeliveryStatus::failed:
            break;
    }
    return "failed";
}

Result<WebhookDelivery, StoreError> read_delivery(const SqlRow& row) {
    WebhookDelivery delivery;
    delivery.id = row.text(0);
    delivery.endpoint_id = row.text(1);
    delivery.event_id = row.text(2);
    delivery.event_type = row.text(3);
    delivery.stream = row.text(4);
    delivery.sequence = static_cast<std::uint64_t>(row.number(5));
    const std::string status = row.text(6);
    if (status == name_of(DeliveryStatus::pending)) {
        delivery.status = DeliveryStatus::pending;
    } else if (status == name_of(DeliveryStatus::delivered)) {
        delivery.status = DeliveryStatus::delivered;
    } else if (status == name_of(DeliveryStatus::failed)) {
        delivery.status = DeliveryStatus::failed;
    } else {
        return fail(StoreError::corrupt);
    }
    delivery.attempts = static_cast<int>(row.number(7));
    delivery.response_status = static_cast<int>(row.number(8));
    delivery.response_body = row.text(9);
    delivery.error = row.text(10);
    delivery.duration = milliseconds(row.number(11));
    delivery.created_at = row.time(12);
    delivery.due_at = row.time(13);
    delivery.attempted_at = row.optional_time(14);
    delivery.ended_at = row.optional_time(15);
    return delivery;
}

Result<void, StoreError> insert_delivery(SqlConnection& connection, const TenantId& tenant,
                                         const WebhookDelivery& delivery) {
    return done(
        SqlQuery(connection,
                 "INSERT INTO webhook_deliveries (id, tenant_id, endpoint_id, event_id, event_type,"
                 " stream, sequence, status, due_at, attempts, response_status, response_body,"
                 " error, duration_ms, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 'pending',"
                 " $8, 0, 0, '', '', 0, $9) ON CONFLICT (endpoint_id, event_id) DO NOTHING")
            .bind(delivery.id)
            .bind(tenant.text())
            .bind(delivery.endpoint_id)
            .bind(delivery.event_id)
            .bind(delivery.event_type)
            .bind(delivery.stream)
            .bind(static_cast<std::int64_t>(delivery.sequence))
            .bind(delivery.due_at)
            .bind(delivery.created_at)
            .run());
}

Result<void, StoreError> insert_event(SqlConnection& connection, const WebhookEventRow& event) {
    SqlQuery query(connection,
                   "INSERT INTO webhook_events (id, tenant_id, call_id, type, payload, created_at)"
                   " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING");
    query.bind(event.id).bind(event.tenant_id.text());
    if (event.call_id.empty()) {
        query.bind_null();
    } else {
        query.bind(event.call_id);
    }
    return done(query.bind(event.type).bind(event.payload).bind(event.created_at).run());
}

Result<void, StoreError> give_up_pending(SqlConnection& connection, const std::string& endpoint_id,
                                         WallTime now) {
    return done(SqlQuery(connection,
                         "UPDATE webhook_deliveries SET status = 'failed',"
                         " error = 'endpoint_inactive', ended_at = $1"
                         " WHERE endpoint_id = $2 AND status = 'pending'")
                    .bind(now)
                    .bind(endpoint_id)
                    .run());
}

}  // namespace studio::adapters
