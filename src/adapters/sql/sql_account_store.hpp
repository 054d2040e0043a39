#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adapters/sql/sql_database.hpp"
#include "ports/account_store.hpp"
#include "runtime/loop.hpp"

namespace studio::adapters {

/// AccountStore in an SQL database. One object per loop, all on the same database; used on its loop
/// only. It and the database outlive its tasks.
class SqlAccountStore final : public AccountStore {
public:
    SqlAccountStore(SqlDatabase& database, runtime::Loop& loop)
        : database_(database), loop_(loop) {}

    [[nodiscard]] Outcome<bool> create_tenant(Tenant tenant) override;
    [[nodiscard]] Outcome<Tenant> load_tenant(std::string slug) override;
    [[nodiscard]] Outcome<Tenant> load_tenant(TenantId id) override;
    [[nodiscard]] Outcome<std::vector<Tenant>> list_tenants() override;
    [[nodiscard]] Outcome<bool> erase_tenant(std::string slug) override;
    [[nodiscard]] Outcome<bool> create_api_key(ApiKey key) override;
    [[nodiscard]] Outcome<ApiKey> load_api_key(std::string digest) override;
    [[nodiscard]] Outcome<std::vector<ApiKey>> list_api_keys(TenantId tenant) override;
    [[nodiscard]] Outcome<Page<ApiKey>> page_api_keys(TenantId tenant, PageRequest page) override;
    [[nodiscard]] Outcome<bool> note_key_use(ApiKeyId id, WallTime at,
                                             milliseconds interval) override;
    [[nodiscard]] Outcome<bool> revoke_api_key(TenantId tenant, ApiKeyId id, WallTime at) override;
    [[nodiscard]] Outcome<bool> ping() override;

private:
    [[nodiscard]] Outcome<bool> write_readiness();

    SqlDatabase& database_;
    runtime::Loop& loop_;
    /// When a write of ping() last succeeded.
    std::optional<Instant> wrote_at_;
};

}  // namespace studio::adapters
