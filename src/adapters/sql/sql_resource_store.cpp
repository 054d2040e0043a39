#include "adapters/sql/sql_resource_store.hpp"

#include <algorithm>
#include <array>

#include "adapters/sql/internal/readable_rows.hpp"

namespace studio::adapters {

namespace {

/// The statements of one kind: all have tables of the same shape. Literals, since drivers keep them
/// prepared by their address.
struct Statements {
    ResourceKind kind;
    const char* insert;
    const char* load;
    const char* list;
    const char* count;
    const char* state;
    const char* update;
    const char* erase;
    const char* configs;
};

#define STUDIO_RESOURCE_COLUMNS \
    "id, tenant_id, name, display_name, description, config, is_active, created_at, updated_at"
#define STUDIO_RESOURCE_FILTER                                   \
    " WHERE tenant_id = $1 AND ($2 < 0 OR is_active = ($2 > 0))" \
    " AND (LOWER(name) LIKE $3 ESCAPE '\\' OR LOWER(description) LIKE $3 ESCAPE '\\')"
#define STUDIO_RESOURCE_STATEMENTS(kind, table)                                                 \
    {                                                                                           \
        kind,                                                                                   \
            "INSERT INTO " table " (" STUDIO_RESOURCE_COLUMNS                                   \
            ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",                                    \
            "SELECT " STUDIO_RESOURCE_COLUMNS " FROM " table                                    \
            " WHERE tenant_id = $1 AND name = $2",                                              \
            "SELECT " STUDIO_RESOURCE_COLUMNS " FROM " table STUDIO_RESOURCE_FILTER             \
            " ORDER BY name LIMIT $4 OFFSET $5",                                                \
            "SELECT COUNT(*) FROM " table STUDIO_RESOURCE_FILTER,                               \
            "SELECT name, updated_at FROM " table " WHERE tenant_id = $1 AND id = $2",          \
            "UPDATE " table                                                                     \
            " SET name = $1, display_name = $2, description = $3, config = $4, is_active = $5," \
            " updated_at = $6 WHERE tenant_id = $7 AND id = $8",                                \
            "DELETE FROM " table " WHERE tenant_id = $1 AND id = $2",                           \
            "SELECT name, config FROM " table                                                   \
            " WHERE tenant_id = $1 AND config LIKE $2"                                          \
            " ORDER BY name"                                                                    \
    }

constexpr std::array<Statements, 3> statements{
    {STUDIO_RESOURCE_STATEMENTS(ResourceKind::agent, "agents"),
     STUDIO_RESOURCE_STATEMENTS(ResourceKind::tool, "tools"),
     STUDIO_RESOURCE_STATEMENTS(ResourceKind::workflow, "workflows")}};

/// A link is a name that stands in quotes in the text of a configuration. Names are of letters,
/// digits, hyphens and underscores, which JSON writes as they are; REPLACE() finds a text in
/// another in every dialect, without wildcards. The numbers are those of ResourceKind; nothing
/// leads to a workflow, with which one may only begin.
constexpr const char* linked_statement =
    "WITH RECURSIVE resources (kind, " STUDIO_RESOURCE_COLUMNS
    ") AS (SELECT 0, " STUDIO_RESOURCE_COLUMNS
    " FROM agents WHERE tenant_id = $1 UNION ALL SELECT 1, " STUDIO_RESOURCE_COLUMNS
    " FROM tools WHERE tenant_id = $1 UNION ALL SELECT 2, " STUDIO_RESOURCE_COLUMNS
    " FROM workflows WHERE tenant_id = $1 AND name = $2),"
    " reached (kind, name, config) AS (SELECT kind, name, config FROM resources"
    " WHERE kind = $3 AND name = $2 UNION SELECT linked.kind, linked.name, linked.config"
    " FROM reached JOIN resources AS linked"
    " ON linked.kind < 2 AND REPLACE(reached.config, '\"' || linked.name || '\"', '') <> "
    "reached.config)"
    " SELECT " STUDIO_RESOURCE_COLUMNS
    ", kind FROM resources WHERE EXISTS (SELECT 1 FROM reached"
    " WHERE reached.kind = resources.kind AND reached.name = resources.name)";

#undef STUDIO_RESOURCE_COLUMNS
#undef STUDIO_RESOURCE_FILTER
#undef STUDIO_RESOURCE_STATEMENTS

const Statements& statements_of(ResourceKind kind) {
    return *std::find_if(statements.begin(), statements.end(),
                         [kind](const Statements& candidate) { return candidate.kind == kind; });
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
    return Resource{
        row.text(0),        TenantId(row.text(1)), row.text(2), row.text(3), row.text(4),
        std::move(*config), row.truth(6),          row.time(7), row.time(8), {}};
}

/// Keeps other writes of the tenant's resources out until the transaction is over.
Result<void, StoreError> lock_resources(SqlConnection& connection, const TenantId& tenant) {
    const auto locked = SqlQuery(connection, "SELECT id FROM tenants WHERE id = $1 FOR UPDATE")
                            .bind(tenant.text())
                            .row();
    if (!locked) {
        return fail(locked.error());
    }
    return {};
}

/// Who names `wanted` in a configuration; itself is not counted.
Result<std::vector<ResourceName>, StoreError> select_users(SqlConnection& connection,
                                                           const TenantId& tenant,
                                                           const ResourceName& wanted) {
    std::vector<ResourceName> users;
    for (const ResourceKindInfo& info : resource_kinds()) {
        // Names hold no letters that LIKE or JSON would read otherwise but `_`, which finds more.
        const auto rows = SqlQuery(connection, statements_of(info.kind).configs)
                              .bind(tenant.text())
                              .bind("%\"" + wanted.name + "\"%")
                              .rows();
        if (!rows) {
            return fail(rows.error());
        }
        for (const SqlRow& row : *rows) {
            const ResourceName user{info.kind, row.text(0)};
            const auto config = row.json(1);
            if (!config) {
                report_unreadable(info.plural, user.name);
                continue;
            }
            const auto used = info.uses(*config);
            if (user != wanted && std::find(used.begin(), used.end(), wanted) != used.end()) {
                users.push_back(user);
            }
        }
    }
    return users;
}

Result<void, StoreError> check_unused(SqlConnection& connection, const TenantId& tenant,
                                      const ResourceName& name) {
    const auto users = select_users(connection, tenant, name);
    if (!users) {
        return fail(users.error());
    }
    if (!users->empty()) {
        return fail(StoreError::in_use);
    }
    return {};
}

Result<void, StoreError> check_needs(SqlConnection& connection, const Resource& resource) {
    for (const ResourceName& need : resource.needs) {
        const auto row = SqlQuery(connection, statements_of(need.kind).load)
                             .bind(resource.tenant_id.text())
                             .bind(need.name)
                             .row();
        if (!row) {
            return fail(row.error() == StoreError::not_found ? StoreError::dangling : row.error());
        }
    }
    return {};
}

Result<bool, StoreError> insert(SqlConnection& connection, ResourceKind kind,
                                const Resource& resource) {
    if (const auto locked = lock_resources(connection, resource.tenant_id); !locked) {
        return fail(locked.error());
    }
    if (const auto checked = check_needs(connection, resource); !checked) {
        return fail(checked.error());
    }
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
    page.items = read_rows<Resource>(info_of(kind).plural, *rows, read_row).items;
    return page;
}

Result<std::vector<LinkedResource>, StoreError> select_linked(SqlConnection& connection,
                                                              const TenantId& tenant,
                                                              const ResourceName& first) {
    SqlQuery query(connection, linked_statement);
    const auto rows = query.bind(tenant.text())
                          .bind(first.name)
                          .bind(static_cast<std::int64_t>(first.kind))
                          .rows();
    if (!rows) {
        return fail(rows.error());
    }
    std::vector<LinkedResource> linked;
    for (const SqlRow& row : *rows) {
        // A row that cannot be read is in nobody's way but its own.
        if (auto resource = read_row(row)) {
            const auto kind = static_cast<std::size_t>(row.number(9));
            linked.push_back({resource_kinds()[kind].kind, std::move(*resource)});
        }
    }
    if (rows->empty()) {
        return fail(StoreError::not_found);
    }
    return linked;
}

Result<bool, StoreError> update(SqlConnection& connection, ResourceKind kind,
                                const Resource& resource, WallTime seen) {
    if (const auto locked = lock_resources(connection, resource.tenant_id); !locked) {
        return fail(locked.error());
    }
    const auto state = SqlQuery(connection, statements_of(kind).state)
                           .bind(resource.tenant_id.text())
                           .bind(resource.id)
                           .row();
    if (!state) {
        return fail(state.error());
    }
    if (state->time(1) != seen) {
        return fail(StoreError::stale);
    }
    if (const std::string name = state->text(0); name != resource.name) {
        const auto unused = check_unused(connection, resource.tenant_id, {kind, name});
        if (!unused) {
            return fail(unused.error());
        }
    }
    if (const auto checked = check_needs(connection, resource); !checked) {
        return fail(checked.error());
    }
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
    return true;
}

Result<bool, StoreError> erase_row(SqlConnection& connection, const TenantId& tenant,
                                   const ResourceName& name, std::optional<WallTime> seen) {
    if (const auto locked = lock_resources(connection, tenant); !locked) {
        return fail(locked.error());
    }
    // Its configuration need not be readable.
    const auto row = SqlQuery(connection, statements_of(name.kind).load)
                         .bind(tenant.text())
                         .bind(name.name)
                         .row();
    if (!row) {
        return fail(row.error());
    }
    if (seen && row->time(8) != *seen) {
        return fail(StoreError::stale);
    }
    if (const auto unused = check_unused(connection, tenant, name); !unused) {
        return fail(unused.error());
    }
    const auto erased = SqlQuery(connection, statements_of(name.kind).erase)
                            .bind(tenant.text())
                            .bind(row->text(0))
                            .run();
    if (!erased) {
        return fail(erased.error());
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

ResourceStore::Outcome<bool> SqlResourceStore::save(ResourceKind kind, Resource resource,
                                                    WallTime seen) {
    return database_.run(loop_, SqlAccess::write,
                         [kind, resource = std::move(resource), seen](SqlConnection& connection) {
                             return update(connection, kind, resource, seen);
                         });
}

ResourceStore::Outcome<bool> SqlResourceStore::erase(ResourceKind kind, TenantId tenant,
                                                     std::string name,
                                                     std::optional<WallTime> seen) {
    return database_.run(
        loop_, SqlAccess::write,
        [tenant = std::move(tenant), name = ResourceName{kind, std::move(name)},
         seen](SqlConnection& connection) { return erase_row(connection, tenant, name, seen); });
}

ResourceStore::Outcome<std::vector<ResourceName>> SqlResourceStore::users(ResourceKind kind,
                                                                          TenantId tenant,
                                                                          std::string name) {
    return database_.run(
        loop_, SqlAccess::read,
        [tenant = std::move(tenant), name = ResourceName{kind, std::move(name)}](
            SqlConnection& connection) { return select_users(connection, tenant, name); });
}

ResourceStore::Outcome<std::vector<LinkedResource>> SqlResourceStore::load_linked(
    TenantId tenant, ResourceName first) {
    return database_.run(
        loop_, SqlAccess::read,
        [tenant = std::move(tenant), first = std::move(first)](SqlConnection& connection) {
            return select_linked(connection, tenant, first);
        });
}

}  // namespace studio::adapters
