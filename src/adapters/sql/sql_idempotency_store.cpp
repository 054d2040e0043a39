#include "adapters/sql/sql_idempotency_store.hpp"

#include <utility>

namespace studio::adapters {

namespace {

Result<KeyBinding, StoreError> bind_key(SqlConnection& connection, const TenantId& tenant,
                                        const std::string& key, const KeyBinding& binding,
                                        WallTime now) {
    // Of two at the same time the second waits for the first one's commit and then does nothing.
    const auto inserted =
        SqlQuery(connection,
                 "INSERT INTO idempotency_keys (tenant_id, key, call_id, fingerprint, created_at)"
                 " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant_id, key) DO NOTHING")
            .bind(tenant.text())
            .bind(key)
            .bind(binding.call_id.text())
            .bind(binding.fingerprint)
            .bind(now)
            .run();
    if (!inserted) {
        return fail(inserted.error());
    }
    if (*inserted > 0) {
        return binding;
    }
    const auto row = SqlQuery(connection,
                              "SELECT call_id, fingerprint FROM idempotency_keys"
                              " WHERE tenant_id = $1 AND key = $2")
                         .bind(tenant.text())
                         .bind(key)
                         .row();
    if (!row) {
        // Released in between: as good as away, and worth another try.
        return fail(row.error() == StoreError::not_found ? StoreError::unavailable : row.error());
    }
    return KeyBinding{CallId(row->text(0)), row->text(1)};
}

}  // namespace

IdempotencyStore::Outcome<KeyBinding> SqlIdempotencyStore::claim(TenantId tenant, std::string key,
                                                                 KeyBinding binding, WallTime now) {
    return database_.run(
        loop_, SqlAccess::write,
        [tenant = std::move(tenant), key = std::move(key), binding = std::move(binding), now](
            SqlConnection& connection) { return bind_key(connection, tenant, key, binding, now); });
}

IdempotencyStore::Outcome<bool> SqlIdempotencyStore::release(TenantId tenant, std::string key) {
    return database_.run(
        loop_, SqlAccess::write,
        [tenant = std::move(tenant),
         key = std::move(key)](SqlConnection& connection) -> Result<bool, StoreError> {
            const auto erased =
                SqlQuery(connection,
                         "DELETE FROM idempotency_keys WHERE tenant_id = $1 AND key = $2")
                    .bind(tenant.text())
                    .bind(key)
                    .run();
            if (!erased) {
                return fail(erased.error());
            }
            return true;
        });
}

IdempotencyStore::Outcome<std::uint64_t> SqlIdempotencyStore::erase_older(WallTime before) {
    return database_.run(loop_, SqlAccess::write,
                         [before](SqlConnection& connection) -> Result<std::uint64_t, StoreError> {
                             const auto erased =
                                 SqlQuery(connection,
                                          "DELETE FROM idempotency_keys WHERE created_at < $1")
                                     .bind(before)
                                     .run();
                             if (!erased) {
                                 return fail(erased.error());
                             }
                             return static_cast<std::uint64_t>(*erased);
                         });
}

}  // namespace studio::adapters
