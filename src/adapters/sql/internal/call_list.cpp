#include "adapters/sql/internal/call_list.hpp"

#include <limits>

#include "adapters/sql/internal/call_rows.hpp"
#include "adapters/sql/internal/readable_rows.hpp"

namespace studio::adapters {

namespace {

/// One condition for all filters, of which those that are empty hold for every call. $11 and $12
/// are the call behind which the list goes on.
#define STUDIO_CALL_FILTER                                                                      \
    " WHERE tenant_id = $1 AND ($2 = '' OR status = $2)"                                        \
    " AND ($3 = '' OR agent_name = $3) AND ($4 = '' OR workflow_slug = $4)"                     \
    " AND created_at >= $5 AND created_at < $6 AND ($7 = '' OR user_id = $7)"                   \
    " AND ($8 = '' OR phone_number = $8) AND ($9 = '' OR EXISTS (SELECT 1 FROM call_labels own" \
    " WHERE own.call_id = calls.id AND own.label = $9 AND own.value = $10))"                    \
    " AND (created_at < $11 OR (created_at = $11 AND id < $12))"
// What is rare is found by its own index. SQLite would go through all calls without these words,
// and keeps the order of a CROSS JOIN.
#define STUDIO_OF_ALL " FROM calls" STUDIO_CALL_FILTER
#define STUDIO_OF_USER STUDIO_OF_ALL " AND user_id <> '' AND user_id = $7"
#define STUDIO_OF_PHONE STUDIO_OF_ALL " AND phone_number <> '' AND phone_number = $8"
#define STUDIO_OF_LABEL                                     \
    " FROM call_labels CROSS JOIN calls" STUDIO_CALL_FILTER \
    " AND owner = $1 AND label = $9 AND value = $10 AND calls.id = call_labels.call_id"
#define STUDIO_NEWEST_FIRST " ORDER BY created_at DESC, id DESC LIMIT $13 OFFSET $14"

struct Statements {
    const char* count;
    const char* page;
};

constexpr Statements statements_of_all{
    "SELECT COUNT(*)" STUDIO_OF_ALL,
    "SELECT " STUDIO_CALL_READ_COLUMNS STUDIO_OF_ALL STUDIO_NEWEST_FIRST};
constexpr Statements statements_of_user{
    "SELECT COUNT(*)" STUDIO_OF_USER,
    "SELECT " STUDIO_CALL_READ_COLUMNS STUDIO_OF_USER STUDIO_NEWEST_FIRST};
constexpr Statements statements_of_phone{
    "SELECT COUNT(*)" STUDIO_OF_PHONE,
    "SELECT " STUDIO_CALL_READ_COLUMNS STUDIO_OF_PHONE STUDIO_NEWEST_FIRST};
constexpr Statements statements_of_label{
    "SELECT COUNT(*)" STUDIO_OF_LABEL, "SELECT " STUDIO_CALL_READ_COLUMNS STUDIO_OF_LABEL
                                       " ORDER BY made_at DESC, call_id DESC LIMIT $13 OFFSET $14"};

#undef STUDIO_CALL_FILTER
#undef STUDIO_OF_ALL
#undef STUDIO_OF_USER
#undef STUDIO_OF_PHONE
#undef STUDIO_OF_LABEL
#undef STUDIO_NEWEST_FIRST

const Statements& statements_for(const CallFilter& filter) {
    if (!filter.user_id.empty()) {
        return statements_of_user;
    }
    if (!filter.phone_number.reveal().empty()) {
        return statements_of_phone;
    }
    return filter.metadata_name.empty() ? statements_of_all : statements_of_label;
}

/// $1 to $12.
void bind_filter(SqlQuery& query, const TenantId& tenant, const CallFilter& filter) {
    constexpr WallTime earliest{milliseconds{std::numeric_limits<std::int64_t>::min()}};
    constexpr WallTime latest{milliseconds{std::numeric_limits<std::int64_t>::max()}};
    query.bind(tenant.text())
        .bind(filter.status ? core::name_of(*filter.status) : std::string_view())
        .bind(filter.agent_name)
        .bind(filter.workflow_slug)
        .bind(filter.started_after.value_or(earliest))
        .bind(filter.started_before.value_or(latest))
        .bind(filter.user_id)
        .bind(filter.phone_number.reveal())
        .bind(filter.metadata_name)
        .bind(filter.metadata_value)
        .bind(filter.behind ? filter.behind->created_at : latest)
        .bind(filter.behind ? filter.behind->id.text() : std::string());
}

}  // namespace

Result<Page<core::CallRecord>, StoreError> select_calls(SqlConnection& connection,
                                                        const TenantId& tenant,
                                                        const CallFilter& filter) {
    const Statements& statements = statements_for(filter);
    Page<core::CallRecord> page;
    if (!filter.behind) {
        SqlQuery count(connection, statements.count);
        bind_filter(count, tenant, filter);
        const auto row = count.row();
        if (!row) {
            return fail(row.error());
        }
        page.total = static_cast<std::uint64_t>(row->number(0));
    }
    SqlQuery query(connection, statements.page);
    bind_filter(query, tenant, filter);
    query.bind(std::int64_t{filter.page.limit}).bind(std::int64_t{filter.page.offset});
    const auto rows = query.rows();
    if (!rows) {
        return fail(rows.error());
    }
    page.total = filter.behind ? rows->size() : page.total;
    page.items = read_rows<core::CallRecord>("calls", *rows, read_call).items;
    return page;
}

}  // namespace studio::adapters
