#pragma once

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
    [[nodiscard]] Outcome<bool> create_api_key(ApiKey key) override;
    [[nodiscard]] Outcome<ApiKey> load_api_key(std::string digest) override;
    [[nodiscard]] Outcome<bool> ping() override;

private:
    SqlDatabase& database_;
    runtime::Loop& loop_;
};

}  // namespace studio::adapters
