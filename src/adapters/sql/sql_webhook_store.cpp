#include "adapters/sql/sql_webhook_store.hpp"

#include <utility>

#include "adapters/sql/internal/readable_rows.hpp"
#include "adapters/sql/internal/tenant_page.hpp"
#include "adapters/sql/internal/webhook_rows.hpp"

namespace studio::adapters {

namespace {

Result<bool, StoreError> insert_endpoint(SqlConnection& connection, const WebhookEndpoint& endpoint,
                                         std::uint32_t endpoints_max) {
    // The tenant's row is the lock: of two at the same time the second counts the first one's.
    const auto tenant = SqlQuery(connection, "SELECT id FROM tenants WHERE id = $1 FOR UPDATE")
                            .bind(endpoint.tenant_id.text())
                            .row();
    if (!tenant) {
        return fail(tenant.error());
    }
    const auto count =
        SqlQuery(connection, "SELECT COUNT(*) FROM webhook_endpoints WHERE tenant_id = $1")
            .bind(endpoint.tenant_id.text())
            .row();
    if (!count) {
        return fail(count.error());
    }
    if (count->number(0) >= std::int64_t{endpoints_max}) {
        return fail(StoreError::conflict);
    }
    SqlQuery query(connection, "INSERT INTO webhook_endpoints (" STUDIO_ENDPOINT_COLUMNS
                               ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,"
                               " $14)");
    bind_endpoint(query, endpoint);
    const auto inserted = query.run();
    if (!inserted) {
        return fail(inserted.error());
    }
    return true;
}

Result<WebhookEndpoint, StoreError> select_endpoint(SqlConnection& connection,
                                                    const TenantId& tenant, const std::string& id) {
    const auto row = SqlQuery(connection, "SELECT " STUDIO_ENDPOINT_COLUMNS
                                          " FROM webhook_endpoints WHERE tenant_id = $1"
                                          " AND id = $2")
                         .bind(tenant.text())
                         .bind(id)
                         .row();
    if (!row) {
        return fail(row.error());
    }
    return read_endpoint(*row);
}

Result<Page<WebhookEndpoint>, StoreError> select_endpoints(SqlConnection& connection,
                                                           const TenantId& tenant,
                                                           const PageRequest& asked) {
    const auto found = select_tenant_page(
        connection, tenant, asked, "SELECT COUNT(*) FROM webhook_endpoints WHERE tenant_id = $1",
        "SELECT " STUDIO_ENDPOINT_COLUMNS
        " FROM webhook_endpoints WHERE tenant_id = $1"
        " ORDER BY created_at, id LIMIT $2 OFFSET $3");
    if (!found) {
        return fail(found.error());
    }
    Page<WebhookEndpoint> page;
    page.items = read_rows<WebhookEndpoint>("webhook_endpoints", found->rows, read_endpoint).items;
    page.total = found->total;
    return page;
}

Result<bool, StoreError> update_endpoint(SqlConnection& connection, const WebhookEndpoint& endpoint,
                                         WallTime seen, WallTime now) {
    SqlQuery query(connection,
                   "UPDATE webhook_endpoints SET url = $3, description = $4, events = $5,"
                   " is_active = $6, disabled_reason = $7, timeout_ms = $8, attempts_max = $9,"
                   " secret = $10, secret_before = $11, secret_before_until = $12,"
                   " created_at = $13, updated_at = $14"
                   " WHERE id = $1 AND tenant_id = $2 AND updated_at = $15");
    bind_endpoint(query, endpoint);
    const auto changed = query.bind(seen).run();
    if (!changed) {
        return fail(changed.error());
    }
    if (*changed == 0) {
        const auto present = select_endpoint(connection, endpoint.tenant_id, endpoint.id);
        return fail(present ? StoreError::stale : present.error());
    }
    if (!endpoint.is_active) {
        if (const auto given_up = give_up_pending(connection, endpoint.id, now); !given_up) {
            return fail(given_up.error());
        }
    }
    return true;
}

Result<Page<WebhookDelivery>, StoreError> select_deliveries(SqlConnection& connection,
                                                            const TenantId& tenant,
                                                            const std::string& endpoint_id,
                                                            const DeliveryFilter& filter) {
    if (const auto present = select_endpoint(connection, tenant, endpoint_id); !present) {
        return fail(present.error());
    }
    const std::string_view status = filter.status ? name_of(*filter.status) : "";
    const auto count = SqlQuery(connection,
                                "SELECT COUNT(*) FROM webhook_deliveries WHERE tenant_id = $1"
                                " AND endpoint_id = $2 AND ($3 = '' OR status = $3)")
                           .bind(tenant.text())
                           .bind(endpoint_id)
                           .bind(status)
                           .row();
    if (!count) {
        return fail(count.error());
    }
    const auto rows =
        SqlQuery(connection, "SELECT " STUDIO_DELIVERY_COLUMNS
                             " FROM webhook_deliveries WHERE tenant_id = $1 AND endpoint_id = $2"
                             " AND ($3 = '' OR status = $3)"
                             " ORDER BY created_at DESC, sequence DESC, id DESC LIMIT $4 OFFSET $5")
            .bind(tenant.text())
            .bind(endpoint_id)
            .bind(status)
            .bind(std::int64_t{filter.page.limit})
            .bind(std::int64_t{filter.page.offset})
            .rows();
    if (!rows) {
        return fail(rows.error());
    }
    Page<WebhookDelivery> page;
    page.items = read_rows<WebhookDelivery>("webhook_deliveries", *rows, read_delivery).items;
    page.total = static_cast<std::uint64_t>(count->number(0));
    return page;
}

Result<WebhookDelivery, StoreError> select_delivery(SqlConnection& connection,
                                                    const DeliveryName& name) {
    const auto row = SqlQuery(connection, "SELECT " STUDIO_DELIVERY_COLUMNS
                                          " FROM webhook_deliveries WHERE tenant_id = $1"
                                          " AND endpoint_id = $2 AND id = $3")
                         .bind(name.tenant_id.text())
                         .bind(name.endpoint_id)
                         .bind(name.delivery_id)
                         .row();
    if (!row) {
        return fail(row.error());
    }
    return read_delivery(*row);
}

Result<WebhookDelivery, StoreError> restart(SqlConnection& connection, const DeliveryName& name,
                                            WallTime now) {
    const auto changed = SqlQuery(connection,
                                  "UPDATE webhook_deliveries SET status = 'pending', due_at = $1,"
                                  " attempts = 0, ended_at = NULL WHERE tenant_id = $2"
                                  " AND endpoint_id = $3 AND id = $4 AND status <> 'pending'")
                             .bind(now)
                             .bind(name.tenant_id.text())
                             .bind(name.endpoint_id)
                             .bind(name.delivery_id)
                             .run();
    if (!changed) {
        return fail(changed.error());
    }
    auto delivery = select_delivery(connection, name);
    if (delivery && *changed == 0) {
        return fail(StoreError::conflict);
    }
    return delivery;
}

}  // namespace

WebhookStore::Outcome<bool> SqlWebhookStore::create(WebhookEndpoint endpoint,
                                                    std::uint32_t endpoints_max) {
    return database_.run(
        loop_, SqlAccess::write,
        [endpoint = std::move(endpoint), endpoints_max](SqlConnection& connection) {
            return insert_endpoint(connection, endpoint, endpoints_max);
        });
}

WebhookStore::Outcome<WebhookEndpoint> SqlWebhookStore::load(TenantId tenant, std::string id) {
    return database_.run(
        loop_, SqlAccess::read,
        [tenant = std::move(tenant), id = std::move(id)](SqlConnection& connection) {
            return select_endpoint(connection, tenant, id);
        });
}

WebhookStore::Outcome<Page<WebhookEndpoint>> SqlWebhookStore::list(TenantId tenant,
                                                                   PageRequest page) {
    return database_.run(loop_, SqlAccess::read,
                         [tenant = std::move(tenant), page](SqlConnection& connection) {
                             return select_endpoints(connection, tenant, page);
                         });
}

WebhookStore::Outcome<bool> SqlWebhookStore::save(WebhookEndpoint endpoint, WallTime seen) {
    return database_.run(
        loop_, SqlAccess::write,
        [endpoint = std::move(endpoint), seen, now = loop_.wall_now()](SqlConnection& connection) {
            return update_endpoint(connection, endpoint, seen, now);
        });
}

WebhookStore::Outcome<bool> SqlWebhookStore::erase(TenantId tenant, std::string id) {
    return database_.run(
        loop_, SqlAccess::write,
        [tenant = std::move(tenant),
         id = std::move(id)](SqlConnection& connection) -> Result<bool, StoreError> {
            const auto erased =
                SqlQuery(connection,
                         "DELETE FROM webhook_endpoints WHERE tenant_id = $1 AND id = $2")
                    .bind(tenant.text())
                    .bind(id)
                    .run();
            if (!erased) {
                return fail(erased.error());
            }
            if (*erased == 0) {
                return fail(StoreError::not_found);
            }
            return true;
        });
}

WebhookStore::Outcome<Page<WebhookDelivery>> SqlWebhookStore::list_deliveries(
    TenantId tenant, std::string endpoint_id, DeliveryFilter filter) {
    return database_.run(loop_, SqlAccess::read,
                         [tenant = std::move(tenant), endpoint_id = std::move(endpoint_id),
                          filter](SqlConnection& connection) {
                             return select_deliveries(connection, tenant, endpoint_id, filter);
                         });
}

WebhookStore::Outcome<WebhookDelivery> SqlWebhookStore::redeliver(DeliveryName name, WallTime now) {
    return database_.run(loop_, SqlAccess::write,
                         [name = std::move(name), now](SqlConnection& connection) {
                             return restart(connection, name, now);
                         });
}

WebhookStore::Outcome<bool> SqlWebhookStore::add_test(TestEvent test) {
    return database_.run(
        loop_, SqlAccess::write,
        [test = std::move(test)](SqlConnection& connection) -> Result<bool, StoreError> {
            const WebhookDelivery& delivery = test.delivery;
            const WebhookEventRow event{delivery.event_id,   test.tenant_id, "",
                                        delivery.event_type, test.payload,   delivery.created_at};
            if (const auto inserted = insert_event(connection, event); !inserted) {
                return fail(inserted.error());
            }
            if (const auto inserted = insert_delivery(connection, test.tenant_id, delivery);
                !inserted) {
                return fail(inserted.error());
            }
            return true;
        });
}

}  // namespace studio::adapters
