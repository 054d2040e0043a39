#include "adapters/sql/sql_resource_store.hpp"

namespace studio::adapters {

namespace {

/// The statements of one kind: agents and tools have tables of the same shape.
struct Statements {
    const char* insert;
    const char* load;
    const char* list;
    const char* count;
    const char* update;
    const char* erase;
};

#define STUDIO_RESOURCE_COLUMNS \
    "id, tenant_id, name, display_name, description, config, is_active, created_at, updated_at"
#define STUDIO_RESOURCE_FILTER                                   \
    " WHERE tenant_id = $1 AND ($2 < 0 OR is_active = ($2 > 0))" \
    " AND (LOWER(name) LIKE $3 ESCAPE '\\' OR LOWER(description) LIKE $3 ESCAPE '\\')"
#define STUDIO_RESOURCE_STATEMENTS(table)                                                       \
    {                                                                                           \
        "INSERT INTO " table " (" STUDIO_RESOURCE_COLUMNS                                       \
        ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",                                        \
            "SELECT " STUDIO_RESOURCE_COLUMNS " FROM " table                                    \
            " WHERE tenant_id = $1 AND name = $2",                                              \
            "SELECT " STUDIO_RESOURCE_COLUMNS " FROM " table STUDIO_RESOURCE_FILTER             \
            " ORDER BY name LIMIT $4 OFFSET $5",                                                \
            "SELECT COUNT(*) FROM " table STUDIO_RESOURCE_FILTER,                               \
            "UPDATE " table                                                                     \
            " SET name = $1, display_name = $2, description = $3, config = $4, is_active = $5," \
            " updated_at = $6 WHERE tenant_id = $7 AND id = $8",                                \
            "DELETE FROM " table " WHERE tenant_id = $1 AND name = $2"                          \
    }

constexpr Statements agent_statements STUDIO_RESOURCE_STATEMENTS("agents");
constexpr Statements tool_statements STUDIO_RESOURCE_STATEMENTS("tools");

#undef STUDIO_RESOURCE_COLUMNS
#undef STUDIO_RESOURCE_FILTER
#undef STUDIO_RESOURCE_STATEMENTS

const Statements& statements_of(ResourceKind kind) {
    return kind == ResourceKind::agent ? agent_statements : tool_statements;
}

/// A LIKE pattern that matches `search` as a substring and nothing else; ASCII letters are lowered,
/// as SQLite's LOWER does.
std::string pattern_of(const std::string& search) {
    std::string pattern = "%";
    for (const char letter : search) {
        if (letter == '%' || letter == '_' || letter == '\\') {
            pattern += '\\';
        }
        pattern += letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    }
    return pattern + '%';
}

std::int64_t tristate(std::optional<bool> wanted) {
    return wanted ? (*wanted ? 1 : 0) : -1;
}

Result<Resource, StoreError> read_row(const SqlRow& row) {
    auto config = row.json(5);
    if (!config) {
        return fail(config.error());
    }
    return Resource{row.text(0),  TenantId(row.text(1)), row.text(2),
                    row.text(3),  row.text(4),           std::move(*config),
                    row.truth(6), row.time(7),           row.time(8)};
}

Result<bool, StoreError> insert(SqlConnection& connection, ResourceKind kind,
                                const Resource& resource) {
    SqlQuery query(connection, statements_of(kind).insert);
    const auto inserted = query.bind(resource.id)
                              .bind(resource.tenant_id.text())
                              .bind(resource.name)
                              .bind(resource.display_name)
                              .bind(resource.description)
                              .bind(resource.config)
                              .bind(resource.is_active)
                              .bind(resource.created_at)
                              .bind(resource.updated_at)
                              .run();
    if (!inserted) {
        return fail(inserted.error());
    }
    return true;
}

Result<Resource, StoreError> select(SqlConnection& connection, ResourceKind kind,
                                    const TenantId& tenant, const std::string& name) {
    SqlQuery query(connection, statements_of(kind).load);
    const auto row = query.bind(tenant.text()).bind(name).row();
    if (!row) {
        return fail(row.error());
    }
    return read_row(*row);
}

Result<Page<Resource>, StoreError> select_page(SqlConnection& connection, ResourceKind kind,
                                               const TenantId& tenant,
                                               const ResourceFilter& filter) {
    const std::string pattern = pattern_of(filter.search);
    Page<Resource> page;
    SqlQuery count(connection, statements_of(kind).count);
    const auto row = count.bind(tenant.text()).bind(tristate(filter.is_active)).bind(pattern).row();
    if (!row) {
        return fail(row.error());
    }
    page.total = static_cast<std::uint64_t>(row->number(0));

    SqlQuery query(connection, statements_of(kind).list);
    query.bind(tenant.text()).bind(tristate(filter.is_active)).bind(pattern);
    query.bind(std::int64_t{filter.page.limit}).bind(std::int64_t{filter.page.offset});
    const auto rows = query.rows();
    if (!rows) {
        return fail(rows.error());
    }
    for (const SqlRow& found : *rows) {
        auto resource = read_row(found);
        if (!resource) {
            return fail(resource.error());
        }
        page.items.push_back(std::move(*resource));
    }
    return page;
}

Result<bool, StoreError> update(SqlConnection& connection, ResourceKind kind,
                                const Resource& resource) {
    SqlQuery query(connection, statements_of(kind).update);
    const auto changed = query.bind(resource.name)
                             .bind(resource.display_name)
                             .bind(resource.description)
                             .bind(resource.config)
                             .bind(resource.is_active)
                             .bind(resource.updated_at)
                             .bind(resource.tenant_id.text())
                             .bind(resource.id)
                             .run();
    if (!changed) {
        return fail(changed.error());
    }
    if (*changed == 0) {
        return fail(StoreError::not_found);
    }
    return true;
}

Result<bool, StoreError> erase_row(SqlConnection& connection, ResourceKind kind,
                                   const TenantId& tenant, const std::string& name) {
    SqlQuery query(connection, statements_of(kind).erase);
    const auto changed = query.bind(tenant.text()).bind(name).run();
    if (!changed) {
        return fail(changed.error());
    }
    if (*changed == 0) {
        return fail(StoreError::not_found);
    }
    return true;
}

}  // namespace

ResourceStore::Outcome<bool> SqlResourceStore::create(ResourceKind kind, Resource resource) {
    return database_.run(loop_, SqlAccess::write,
                         [kind, resource = std::move(resource)](SqlConnection& connection) {
                             return insert(connection, kind, resource);
                         });
}

ResourceStore::Outcome<Resource> SqlResourceStore::load(ResourceKind kind, TenantId tenant,
                                                        std::string name) {
    return database_.run(
        loop_, SqlAccess::read,
        [kind, tenant = std::move(tenant), name = std::move(name)](SqlConnection& connection) {
            return select(connection, kind, tenant, name);
        });
}

ResourceStore::Outcome<Page<Resource>> SqlResourceStore::list(ResourceKind kind, TenantId tenant,
                                                              ResourceFilter filter) {
    return database_.run(
        loop_, SqlAccess::read,
        [kind, tenant = std::move(tenant), filter = std::move(filter)](SqlConnection& connection) {
            return select_page(connection, kind, tenant, filter);
        });
}

ResourceStore::Outcome<bool> SqlResourceStore::save(ResourceKind kind, Resource resource) {
    return database_.run(loop_, SqlAccess::write,
                         [kind, resource = std::move(resource)](SqlConnection& connection) {
                             return update(connection, kind, resource);
                         });
}

ResourceStore::Outcome<bool> SqlResourceStore::erase(ResourceKind kind, TenantId tenant,
                                                     std::string name) {
    return database_.run(
        loop_, SqlAccess::write,
        [kind, tenant = std::move(tenant), name = std::move(name)](SqlConnection& connection) {
            return erase_row(connection, kind, tenant, name);
        });
}

}  // namespace studio::adapters
