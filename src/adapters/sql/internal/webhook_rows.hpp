#pragma once

#include <string>

#include "adapters/sql/sql_database.hpp"
#include "ports/webhook_store.hpp"

namespace studio::adapters {

/// The columns of an endpoint, in the order of bind_endpoint and read_endpoint.
#define STUDIO_ENDPOINT_COLUMNS                                              \
    "id, tenant_id, url, description, events, is_active, disabled_reason,"   \
    " timeout_ms, attempts_max, secret, secret_before, secret_before_until," \
    " created_at, updated_at"

/// Binds $1 to $14.
void bind_endpoint(SqlQuery& query, const WebhookEndpoint& endpoint);
[[nodiscard]] Result<WebhookEndpoint, StoreError> read_endpoint(const SqlRow& row);

/// The columns that read_delivery expects, in order.
#define STUDIO_DELIVERY_COLUMNS                                                  \
    "id, endpoint_id, event_id, event_type, stream, sequence, status, attempts," \
    " response_status, response_body, error, duration_ms, created_at, due_at,"   \
    " attempted_at, ended_at"

[[nodiscard]] std::string_view name_of(DeliveryStatus status);
[[nodiscard]] Result<WebhookDelivery, StoreError> read_delivery(const SqlRow& row);

/// A new row, due at once, whose event is stored; one that is there already stays as it is.
[[nodiscard]] Result<void, StoreError> insert_delivery(SqlConnection& connection,
                                                       const TenantId& tenant,
                                                       const WebhookDelivery& delivery);

/// An event as it is sent. `call_id`: empty for none.
struct WebhookEventRow {
    std::string id;
    TenantId tenant_id;
    std::string call_id;
    std::string type;
    std::string payload;
    WallTime created_at{};
};
/// One that is there already stays as it is.
[[nodiscard]] Result<void, StoreError> insert_event(SqlConnection& connection,
                                                    const WebhookEventRow& event);

/// What waits for an endpoint has failed.
[[nodiscard]] Result<void, StoreError> give_up_pending(SqlConnection& connection,
                                                       const std::string& endpoint_id,
                                                       WallTime now);

}  // namespace studio::adapters
