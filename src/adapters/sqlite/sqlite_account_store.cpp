#include "adapters/sqlite/sqlite_account_store.hpp"

#include "adapters/sqlite/internal/connection.hpp"

namespace studio::adapters {

namespace {

using sqlite::Connection;
using sqlite::Query;

Result<bool, StoreError> insert_tenant(Connection& connection, const Tenant& tenant) {
    Query query(connection,
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

Result<Tenant, StoreError> select_tenant(Connection& connection, const std::string& slug) {
    Query query(connection, "SELECT id, slug, name, created_at FROM tenants WHERE slug = $1");
    const auto row = query.bind(slug).step();
    if (!row) {
        return fail(row.error());
    }
    if (!*row) {
        return fail(StoreError::not_found);
    }
    return Tenant{TenantId(query.text(0)), query.text(1), query.text(2), query.time(3)};
}

Result<bool, StoreError> insert_api_key(Connection& connection, const ApiKey& key) {
    JsonArray scopes;
    for (const std::string& scope : key.scopes) {
        scopes.emplace_back(scope);
    }
    Query query(connection,
                "INSERT INTO api_keys (id, tenant_id, name, digest, prefix, scopes, created_at) "
                "VALUES ($1, $2, $3, $4, $5, $6, $7)");
    const auto inserted = query.bind(key.id.text())
                              .bind(key.tenant_id.text())
                              .bind(key.name)
                              .bind(key.digest)
                              .bind(key.prefix)
                              .bind(Json(scopes))
                              .bind(key.created_at)
                              .run();
    if (!inserted) {
        return fail(inserted.error());
    }
    return true;
}

Result<ApiKey, StoreError> select_api_key(Connection& connection, const std::string& digest) {
    Query query(connection,
                "SELECT id, tenant_id, name, digest, prefix, scopes, created_at FROM api_keys "
                "WHERE digest = $1");
    const auto row = query.bind(digest).step();
    if (!row) {
        return fail(row.error());
    }
    if (!*row) {
        return fail(StoreError::not_found);
    }
    ApiKey key{ApiKeyId(query.text(0)),
               TenantId(query.text(1)),
               query.text(2),
               query.text(3),
               query.text(4),
               {},
               query.time(6)};
    const auto scopes = query.json(5);
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

}  // namespace

AccountStore::Outcome<bool> SqliteAccountStore::create_tenant(Tenant tenant) {
    return database_.run(loop_, [tenant = std::move(tenant)](Connection& connection) {
        return insert_tenant(connection, tenant);
    });
}

AccountStore::Outcome<Tenant> SqliteAccountStore::load_tenant(std::string slug) {
    return database_.run(loop_, [slug = std::move(slug)](Connection& connection) {
        return select_tenant(connection, slug);
    });
}

AccountStore::Outcome<bool> SqliteAccountStore::create_api_key(ApiKey key) {
    return database_.run(loop_, [key = std::move(key)](Connection& connection) {
        return insert_api_key(connection, key);
    });
}

AccountStore::Outcome<ApiKey> SqliteAccountStore::load_api_key(std::string digest) {
    return database_.run(loop_, [digest = std::move(digest)](Connection& connection) {
        return select_api_key(connection, digest);
    });
}

AccountStore::Outcome<bool> SqliteAccountStore::ping() {
    return database_.run(loop_, [](Connection& connection) -> Result<bool, StoreError> {
        // Reads a page of the file, where `SELECT 1` would not.
        Query query(connection, "SELECT COUNT(*) FROM schema_migrations");
        return query.step();
    });
}

}  // namespace studio::adapters
