#pragma once

#include "adapters/sql/sql_database.hpp"
#include "ports/call_erasure.hpp"
#include "runtime/loop.hpp"

namespace studio::adapters {

/// CallErasure in an SQL database. One object per loop, all on the same database; used on its loop
/// only. It and the database outlive its tasks.
class SqlCallErasure final : public CallErasure {
public:
    SqlCallErasure(SqlDatabase& database, runtime::Loop& loop) : database_(database), loop_(loop) {}

    [[nodiscard]] Outcome<ErasedTraces> erase_call(TenantId tenant, CallId id) override;
    [[nodiscard]] Outcome<ErasedTraces> erase_user(TenantId tenant, std::string user_id,
                                                   std::uint32_t limit) override;

private:
    SqlDatabase& database_;
    runtime::Loop& loop_;
};

}  // namespace studio::adapters
