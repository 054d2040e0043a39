#include "adapters/sql/sql_account_store.hpp"

#include "adapters/sql/internal/tenant_page.hpp"
#include "adapters/sql/sql_migrate.hpp"
#include "base/log.hpp"

namespace studio::adapters {

namespace {

Result<bool, StoreError> insert_tenant(SqlConnection& connection, const Tenant& tenant) {
    SqlQuery query(connection,
                   "INSERT INTO tenants (id, slug, name, created_at) VALUES ($1, $2, $3, $4)");
    const auto inserted = query.bind(tenant.id.text())
                              .bind(tenant.slug)
                              .bind(tenant.name)
                              .bind(tenant.created_at)
                              .run();
    if (!inserted) {
        return fail(inserted.error());
    }
    return true;
}

Tenant read_tenant(const SqlRow& row) {
    return {TenantId(row.text(0)), row.text(1), row.text(2), row.time(3)};
}

/// `sql` asks for the columns below of the row that `key` names.
Result<Tenant, StoreError> select_tenant(SqlConnection& connection, const char* sql,
                                         const std::string& key) {
    const auto row = SqlQuery(connection, sql).bind(key).row();
    if (!row) {
        return fail(row.error());
    }
    return read_tenant(*row);
}

Result<std::vector<Tenant>, StoreError> select_tenants(SqlConnection& connection) {
    const auto rows =
        SqlQuery(connection, "SELECT id, slug, name, created_at FROM tenants ORDER BY slug").rows();
    if (!rows) {
        return fail(rows.error());
    }
    std::vector<Tenant> tenants;
    for (const SqlRow& row : *rows) {
        tenants.push_back(read_tenant(row));
    }
    return tenants;
}

Result<bool, StoreError> delete_tenant(SqlConnection& connection, const std::string& slug) {
    // Every table of what tenants own refers to theirs with ON DELETE CASCADE.
    const auto erased =
        SqlQuery(connection, "DELETE FROM tenants WHERE slug = $1").bind(slug).run();
    if (!erased) {
        return fail(erased.error());
    }
    if (*erased == 0) {
        return fail(StoreError::not_found);
    }
    return true;
}

#define STUDIO_SELECT_TENANT "SELECT id, slug, name, created_at FROM tenants WHERE "

/// The columns of a key, in the order in which read_api_key takes them.
#define STUDIO_KEY_COLUMNS                                                              \
    "id, tenant_id, name, digest, prefix, scopes, created_at, revoked_at, expires_at, " \
    "rate_limit, last_used_at"

Result<bool, StoreError> insert_api_key(SqlConnection& connection, const ApiKey& key) {
    JsonArray scopes;
    for (const std::string& scope : key.scopes) {
        scopes.emplace_back(scope);
    }
    SqlQuery query(connection,
                   "INSERT INTO api_keys (id, tenant_id, name, digest, prefix, scopes, created_at, "
                   "expires_at, rate_limit) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
    query.bind(key.id.text())
        .bind(key.tenant_id.text())
        .bind(key.name)
        .bind(key.digest)
        .bind(key.prefix)
        .bind(Json(scopes))
        .bind(key.created_at)
        .bind(key.expires_at);
    if (key.rate_limit) {
        query.bind(std::int64_t{*key.rate_limit});
    } else {
        query.bind_null();
    }
    const auto inserted = query.run();
    if (!inserted) {
        return fail(inserted.error());
    }
    return true;
}

Result<ApiKey, StoreError> read_api_key(const SqlRow& row) {
    ApiKey key{ApiKeyId(row.text(0)), TenantId(row.text(1)), row.text(2),
               row.text(3),           row.text(4),           {},
               row.time(6),           row.optional_time(7),  row.optional_time(8)};
    if (!row.is_null(9)) {
        key.rate_limit = static_cast<unsigned>(row.number(9));
    }
    key.last_used_at = row.optional_time(10);
    const auto scopes = row.json(5);
    if (!scopes || !scopes->is_array()) {
        return fail(StoreError::corrupt);
    }
    for (const Json& scope : scopes->get_array()) {
        if (!scope.is_string()) {
            return fail(StoreError::corrupt);
        }
        key.scopes.emplace_back(scope.get_string());
    }
    return key;
}

Result<ApiKey, StoreError> select_api_key(SqlConnection& connection, const std::string& digest) {
    SqlQuery query(connection, "SELECT " STUDIO_KEY_COLUMNS
                               " FROM api_keys WHERE digest = $1 AND revoked_at IS NULL");
    const auto row = query.bind(digest).row();
    if (!row) {
        return fail(row.error());
    }
    return read_api_key(*row);
}

Result<std::vector<ApiKey>, StoreError> read_api_keys(const std::vector<SqlRow>& rows) {
    std::vector<ApiKey> keys;
    for (const SqlRow& row : rows) {
        auto key = read_api_key(row);
        if (!key) {
            return fail(key.error());
        }
        keys.push_back(*std::move(key));
    }
    return keys;
}

Result<std::vector<ApiKey>, StoreError> select_api_keys(SqlConnection& connection,
                                                        const TenantId& tenant) {
    const auto rows = SqlQuery(connection, "SELECT " STUDIO_KEY_COLUMNS
                                           " FROM api_keys WHERE tenant_id = $1"
                                           " ORDER BY created_at, id")
                          .bind(tenant.text())
                          .rows();
    if (!rows) {
        return fail(rows.error());
    }
    return read_api_keys(*rows);
}

Result<Page<ApiKey>, StoreError> select_key_page(SqlConnection& connection, const TenantId& tenant,
                                                 const PageRequest& page) {
    const auto found = select_tenant_page(connection, tenant, page,
                                          "SELECT COUNT(*) FROM api_keys WHERE tenant_id = $1",
                                          "SELECT " STUDIO_KEY_COLUMNS
                                          " FROM api_keys WHERE tenant_id = $1"
                                          " ORDER BY created_at DESC, id LIMIT $2 OFFSET $3");
    if (!found) {
        return fail(found.error());
    }
    auto keys = read_api_keys(found->rows);
    if (!keys) {
        return fail(keys.error());
    }
    return Page<ApiKey>{*std::move(keys), found->total};
}

Result<bool, StoreError> update_last_used(SqlConnection& connection, const ApiKeyId& id,
                                          WallTime at, milliseconds interval) {
    // Of several servers that see the key at the same time one writes.
    const auto changed = SqlQuery(connection,
                                  "UPDATE api_keys SET last_used_at = $1 WHERE id = $2 AND "
                                  "(last_used_at IS NULL OR last_used_at <= $3)")
                             .bind(at)
                             .bind(id.text())
                             .bind(at - interval)
                             .run();
    if (!changed) {
        return fail(changed.error());
    }
    return *changed > 0;
}

Result<bool, StoreError> update_revoked(SqlConnection& connection, const TenantId& tenant,
                                        const ApiKeyId& id, WallTime at) {
    SqlQuery query(connection,
                   "UPDATE api_keys SET revoked_at = COALESCE(revoked_at, $1) "
                   "WHERE tenant_id = $2 AND id = $3");
    const auto changed = query.bind(at).bind(tenant.text()).bind(id.text()).run();
    if (!changed) {
        return fail(changed.error());
    }
    if (*changed == 0) {
        return fail(StoreError::not_found);
    }
    return true;
}

/// What a call writes at once is smaller, so that it finds room where this did.
constexpr std::size_t readiness_bytes = 8'192;
/// A flood of questions does not become one of writes.
constexpr seconds readiness_kept{2};

Result<bool, StoreError> upsert_readiness(SqlConnection& connection, WallTime now) {
    SqlQuery query(connection,
                   "INSERT INTO readiness (id, noted_at, padding) VALUES (1, $1, $2) "
                   "ON CONFLICT (id) DO UPDATE SET noted_at = excluded.noted_at, "
                   "padding = excluded.padding");
    const auto written = query.bind(now).bind(std::string(readiness_bytes, '.')).run();
    if (!written) {
        return fail(written.error());
    }
    return true;
}

}  // namespace

AccountStore::Outcome<bool> SqlAccountStore::create_tenant(Tenant tenant) {
    return database_.run(loop_, SqlAccess::write,
                         [tenant = std::move(tenant)](SqlConnection& connection) {
                             return insert_tenant(connection, tenant);
                         });
}

AccountStore::Outcome<Tenant> SqlAccountStore::load_tenant(std::string slug) {
    return database_.run(
        loop_, SqlAccess::read, [slug = std::move(slug)](SqlConnection& connection) {
            return select_tenant(connection, STUDIO_SELECT_TENANT "slug = $1", slug);
        });
}

AccountStore::Outcome<Tenant> SqlAccountStore::load_tenant(TenantId id) {
    return database_.run(loop_, SqlAccess::read, [id = std::move(id)](SqlConnection& connection) {
        return select_tenant(connection, STUDIO_SELECT_TENANT "id = $1", id.text());
    });
}

AccountStore::Outcome<std::vector<Tenant>> SqlAccountStore::list_tenants() {
    return database_.run(loop_, SqlAccess::read, select_tenants);
}

AccountStore::Outcome<bool> SqlAccountStore::erase_tenant(std::string slug) {
    return database_.run(loop_, SqlAccess::write,
                         [slug = std::move(slug)](SqlConnection& connection) {
                             return delete_tenant(connection, slug);
                         });
}

AccountStore::Outcome<bool> SqlAccountStore::create_api_key(ApiKey key) {
    return database_.run(loop_, SqlAccess::write,
                         [key = std::move(key)](SqlConnection& connection) {
                             return insert_api_key(connection, key);
                         });
}

AccountStore::Outcome<ApiKey> SqlAccountStore::load_api_key(std::string digest) {
    return database_.run(loop_, SqlAccess::read,
                         [digest = std::move(digest)](SqlConnection& connection) {
                             return select_api_key(connection, digest);
                         });
}

AccountStore::Outcome<std::vector<ApiKey>> SqlAccountStore::list_api_keys(TenantId tenant) {
    return database_.run(loop_, SqlAccess::read,
                         [tenant = std::move(tenant)](SqlConnection& connection) {
                             return select_api_keys(connection, tenant);
                         });
}

AccountStore::Outcome<Page<ApiKey>> SqlAccountStore::page_api_keys(TenantId tenant,
                                                                   PageRequest page) {
    return database_.run(loop_, SqlAccess::read,
                         [tenant = std::move(tenant), page](SqlConnection& connection) {
                             return select_key_page(connection, tenant, page);
                         });
}

AccountStore::Outcome<bool> SqlAccountStore::note_key_use(ApiKeyId id, WallTime at,
                                                          milliseconds interval) {
    return database_.run(loop_, SqlAccess::write,
                         [id = std::move(id), at, interval](SqlConnection& connection) {
                             return update_last_used(connection, id, at, interval);
                         });
}

AccountStore::Outcome<bool> SqlAccountStore::revoke_api_key(TenantId tenant, ApiKeyId id,
                                                            WallTime at) {
    return database_.run(
        loop_, SqlAccess::write,
        [tenant = std::move(tenant), id = std::move(id), at](SqlConnection& connection) {
            return update_revoked(connection, tenant, id, at);
        });
}

AccountStore::Outcome<bool> SqlAccountStore::write_readiness() {
    if (wrote_at_ && loop_.now() - *wrote_at_ < readiness_kept) {
        co_return true;
    }
    const WallTime now = loop_.wall_now();
    auto written = co_await database_.run(
        loop_, SqlAccess::write,
        [now](SqlConnection& connection) { return upsert_readiness(connection, now); });
    wrote_at_ = written ? std::optional(loop_.now()) : std::nullopt;
    co_return written;
}

AccountStore::Outcome<bool> SqlAccountStore::ping() {
    const auto read_version = [](SqlConnection& connection) {
        // Reads a page of the database, where `SELECT 1` would not.
        return SqlQuery(connection, "SELECT COALESCE(MAX(version), 0) FROM schema_migrations")
            .row();
    };
    const auto row = co_await database_.run(loop_, SqlAccess::read, read_version);
    if (!row) {
        co_return fail(row.error());
    }
    // A database that is ahead is that of a later release, which keeps to what this one knows.
    const auto known = static_cast<std::int64_t>(sql_migrations().size());
    if (row->number(0) < known) {
        STUDIO_LOG(warning, "schema_too_old", {"version", row->number(0)}, {"needed", known});
        co_return fail(StoreError::unavailable);
    }
    co_return co_await write_readiness();
}

}  // namespace studio::adapters
