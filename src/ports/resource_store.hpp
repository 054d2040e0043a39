#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/interface.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "base/strong_id.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "ports/resource_kind.hpp"
#include "ports/store_error.hpp"

namespace studio {

/// One agent, tool or workflow. `config` was checked before it was stored.
struct Resource {
    std::string id;
    TenantId tenant_id;
    std::string name;
    std::string display_name;
    std::string description;
    Json config = JsonObject{};
    bool is_active = true;
    WallTime created_at{};
    /// Grows with every write of the row, so that it also tells one state of it from another.
    WallTime updated_at{};
    /// Of a row that is written: what must exist at that moment. Not stored.
    std::vector<ResourceName> needs;
};

/// One of several kinds.
struct LinkedResource {
    ResourceKind kind = ResourceKind::agent;
    Resource resource;
};

struct ResourceFilter {
    std::optional<bool> is_active;
    /// Substring of name or description, letters compared without case.
    std::string search;
    PageRequest page;
};

/// Agents, tools and what else a tenant configures. Scoped to a tenant. The writes of one tenant
/// exclude each other, so that what a row needs cannot go away while it is written. Any loop may
/// call; the task resumes on the awaiting loop.
class ResourceStore : public Interface {
public:
    template <class Value>
    using Outcome = Task<Result<Value, StoreError>>;

    /// A new row; conflict where the tenant has one of that name, dangling where something that it
    /// needs does not exist.
    [[nodiscard]] virtual Outcome<bool> create(ResourceKind kind, Resource resource) = 0;
    [[nodiscard]] virtual Outcome<Resource> load(ResourceKind kind, TenantId tenant,
                                                 std::string name) = 0;
    /// In the order of their names. Rows that cannot be read are left out and reported; the total
    /// counts them.
    [[nodiscard]] virtual Outcome<Page<Resource>> list(ResourceKind kind, TenantId tenant,
                                                       ResourceFilter filter) = 0;
    /// Overwrites the row of the same id (its name may change) if it still is as it was when its
    /// `updated_at` was `seen`; else stale. in_use where it gets another name while others use the
    /// old one, dangling and conflict as create().
    [[nodiscard]] virtual Outcome<bool> save(ResourceKind kind, Resource resource,
                                             WallTime seen) = 0;
    /// in_use where others use it. With `seen`, stale where it has changed since.
    [[nodiscard]] virtual Outcome<bool> erase(ResourceKind kind, TenantId tenant, std::string name,
                                              std::optional<WallTime> seen) = 0;
    /// Who uses the one of that name; itself is not counted.
    [[nodiscard]] virtual Outcome<std::vector<ResourceName>> users(ResourceKind kind,
                                                                   TenantId tenant,
                                                                   std::string name) = 0;
    /// The one of that name, every agent and tool whose name stands as a text in its
    /// configuration, and so on from there: all that it may lead to and perhaps more, each once, in
    /// no order, in one query and as of one moment. not_found where there is no such resource; rows
    /// that cannot be read are left out.
    [[nodiscard]] virtual Outcome<std::vector<LinkedResource>> load_linked(TenantId tenant,
                                                                           ResourceName first) = 0;
};

}  // namespace studio
