#pragma once

#include "adapters/sql/sql_database.hpp"
#include "ports/idempotency_store.hpp"
#include "runtime/loop.hpp"

namespace studio::adapters {

/// IdempotencyStore in an SQL database. One object per loop, all on the same database; used on its
/// loop only. It and the database outlive its tasks.
class SqlIdempotencyStore final : public IdempotencyStore {
public:
    SqlIdempotencyStore(SqlDatabase& database, runtime::Loop& loop)
        : database_(database), loop_(loop) {}

    [[nodiscard]] Outcome<KeyBinding> claim(TenantId tenant, std::string key, KeyBinding binding,
                                            WallTime now) override;
    [[nodiscard]] Outcome<bool> release(TenantId tenant, std::string key) override;
    [[nodiscard]] Outcome<std::uint64_t> erase_older(WallTime before) override;

private:
    SqlDatabase& database_;
    runtime::Loop& loop_;
};

}  // namespace studio::adapters
