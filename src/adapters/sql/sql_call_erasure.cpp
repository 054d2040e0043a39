#include "adapters/sql/sql_call_erasure.hpp"

#include <utility>

#include "core/call/call_record.hpp"

namespace studio::adapters {

namespace {

using Erased = Result<ErasedTraces, StoreError>;

struct Step {
    const char* sql;
    std::uint64_t ErasedTraces::*count;
};

/// Everything that refers to a call, one by one to be counted, and the call last. $1 is the tenant,
/// $2 the call. What other tables keep of a call goes with its row.
constexpr Step steps[] = {
    {"DELETE FROM transcript_entries WHERE tenant_id = $1 AND call_id = $2",
     &ErasedTraces::transcript_entries},
    {"DELETE FROM outbox WHERE tenant_id = $1 AND call_id = $2", &ErasedTraces::events},
    {"DELETE FROM call_labels WHERE owner = $1 AND call_id = $2", &ErasedTraces::labels},
    {"DELETE FROM idempotency_keys WHERE tenant_id = $1 AND call_id = $2",
     &ErasedTraces::idempotency_keys},
    {"DELETE FROM calls WHERE tenant_id = $1 AND id = $2", &ErasedTraces::calls},
};

Erased erase_rows(SqlConnection& connection, const TenantId& tenant, const std::string& id) {
    ErasedTraces erased;
    for (const Step& step : steps) {
        const auto removed = SqlQuery(connection, step.sql).bind(tenant.text()).bind(id).run();
        if (!removed) {
            return fail(removed.error());
        }
        erased.*step.count += static_cast<std::uint64_t>(*removed);
    }
    return erased;
}

/// A status that nobody knows cannot be that of a call under way.
bool is_under_way(const SqlRow& row, std::size_t column) {
    const auto status = core::parse_call_status(row.text(column));
    return status && !core::is_final(*status);
}

Erased erase_one(SqlConnection& connection, const TenantId& tenant, const CallId& id) {
    const auto row = SqlQuery(connection,
                              "SELECT status FROM calls WHERE tenant_id = $1 AND id = $2"
                              " FOR UPDATE")
                         .bind(tenant.text())
                         .bind(id.text())
                         .row();
    if (!row) {
        return fail(row.error());
    }
    if (is_under_way(*row, 0)) {
        return fail(StoreError::conflict);
    }
    return erase_rows(connection, tenant, id.text());
}

Erased erase_some(SqlConnection& connection, const TenantId& tenant, const std::string& user_id,
                  std::uint32_t limit) {
    const auto under_way =
        SqlQuery(connection,
                 "SELECT id FROM calls WHERE tenant_id = $1 AND user_id <> '' AND user_id = $2"
                 " AND status NOT IN ('completed', 'failed', 'disconnected', 'timeout') LIMIT 1")
            .bind(tenant.text())
            .bind(user_id)
            .rows();
    if (!under_way) {
        return fail(under_way.error());
    }
    if (!under_way->empty()) {
        return fail(StoreError::conflict);
    }
    const auto rows =
        SqlQuery(connection,
                 "SELECT id FROM calls WHERE tenant_id = $1 AND user_id <> '' AND user_id = $2"
                 " ORDER BY created_at, id LIMIT $3 FOR UPDATE")
            .bind(tenant.text())
            .bind(user_id)
            .bind(std::int64_t{limit})
            .rows();
    if (!rows) {
        return fail(rows.error());
    }
    ErasedTraces all;
    for (const SqlRow& row : *rows) {
        const auto erased = erase_rows(connection, tenant, row.text(0));
        if (!erased) {
            return fail(erased.error());
        }
        all.add(*erased);
    }
    return all;
}

}  // namespace

CallErasure::Outcome<ErasedTraces> SqlCallErasure::erase_call(TenantId tenant, CallId id) {
    return database_.run(
        loop_, SqlAccess::write,
        [tenant = std::move(tenant), id = std::move(id)](SqlConnection& connection) {
            return erase_one(connection, tenant, id);
        });
}

CallErasure::Outcome<ErasedTraces> SqlCallErasure::erase_user(TenantId tenant, std::string user_id,
                                                              std::uint32_t limit) {
    return database_.run(
        loop_, SqlAccess::write,
        [tenant = std::move(tenant), user_id = std::move(user_id), limit](
            SqlConnection& connection) { return erase_some(connection, tenant, user_id, limit); });
}

}  // namespace studio::adapters
