#pragma once

#include <string>

#include "adapters/sql/sql_database.hpp"
#include "ports/webhook_store.hpp"
#include "runtime/loop.hpp"

namespace studio::adapters {

/// WebhookStore in an SQL database. One object per loop, all on the same database; used on its loop
/// only. It and the database outlive its tasks.
class SqlWebhookStore final : public WebhookStore {
public:
    SqlWebhookStore(SqlDatabase& database, runtime::Loop& loop)
        : database_(database), loop_(loop) {}

    [[nodiscard]] Outcome<bool> create(WebhookEndpoint endpoint,
                                       std::uint32_t endpoints_max) override;
    [[nodiscard]] Outcome<WebhookEndpoint> load(TenantId tenant, std::string id) override;
    [[nodiscard]] Outcome<Page<WebhookEndpoint>> list(TenantId tenant, PageRequest page) override;
    [[nodiscard]] Outcome<bool> save(WebhookEndpoint endpoint, WallTime seen) override;
    [[nodiscard]] Outcome<bool> erase(TenantId tenant, std::string id) override;
    [[nodiscard]] Outcome<Page<WebhookDelivery>> list_deliveries(TenantId tenant,
                                                                 std::string endpoint_id,
                                                                 DeliveryFilter filter) override;
    [[nodiscard]] Outcome<WebhookDelivery> redeliver(DeliveryName name, WallTime now) override;
    [[nodiscard]] Outcome<bool> add_test(TestEvent test) override;

private:
    SqlDatabase& database_;
    runtime::Loop& loop_;
};

}  // namespace studio::adapters
