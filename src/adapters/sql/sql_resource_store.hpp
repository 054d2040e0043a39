#pragma once

#include "adapters/sql/sql_database.hpp"
#include "ports/resource_store.hpp"
#include "runtime/loop.hpp"

namespace studio::adapters {

/// ResourceStore in an SQL database. One object per loop, all on the same database; used on its
/// loop only. It and the database outlive its tasks.
class SqlResourceStore final : public ResourceStore {
public:
    SqlResourceStore(SqlDatabase& database, runtime::Loop& loop)
        : database_(database), loop_(loop) {}

    [[nodiscard]] Outcome<bool> create(ResourceKind kind, Resource resource) override;
    [[nodiscard]] Outcome<Resource> load(ResourceKind kind, TenantId tenant,
                                         std::string name) override;
    [[nodiscard]] Outcome<Page<Resource>> list(ResourceKind kind, TenantId tenant,
                                               ResourceFilter filter) override;
    [[nodiscard]] Outcome<bool> save(ResourceKind kind, Resource resource, WallTime seen) override;
    [[nodiscard]] Outcome<bool> erase(ResourceKind kind, TenantId tenant, std::string name,
                                      std::optional<WallTime> seen) override;
    [[nodiscard]] Outcome<std::vector<ResourceName>> users(ResourceKind kind, TenantId tenant,
                                                           std::string name) override;
    [[nodiscard]] Outcome<std::vector<LinkedResource>> load_linked(TenantId tenant,
                                                                   ResourceName first) override;

private:
    SqlDatabase& database_;
    runtime::Loop& loop_;
};

}  // namespace studio::adapters
