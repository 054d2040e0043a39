#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "adapters/sql/sql_database.hpp"
#include "base/strong_id.hpp"
#include "ports/store_error.hpp"

namespace studio::adapters {

/// The rows of one page of what a tenant has, and how many there are in all.
struct TenantPage {
    std::vector<SqlRow> rows;
    std::uint64_t total = 0;
};

/// `count` is given the tenant as $1; `select` also the page's limit as $2 and its offset as $3.
[[nodiscard]] inline Result<TenantPage, StoreError> select_tenant_page(SqlConnection& connection,
                                                                       const TenantId& tenant,
                                                                       const PageRequest& asked,
                                                                       const char* count,
                                                                       const char* select) {
    const auto total = SqlQuery(connection, count).bind(tenant.text()).row();
    if (!total) {
        return fail(total.error());
    }
    auto rows = SqlQuery(connection, select)
                    .bind(tenant.text())
                    .bind(std::int64_t{asked.limit})
                    .bind(std::int64_t{asked.offset})
                    .rows();
    if (!rows) {
        return fail(rows.error());
    }
    return TenantPage{std::move(*rows), static_cast<std::uint64_t>(total->number(0))};
}

}  // namespace studio::adapters
