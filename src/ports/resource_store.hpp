#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/interface.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "base/strong_id.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "ports/store_error.hpp"

namespace studio {

/// What a tenant configures, each kind with a namespace of names of its own.
enum class ResourceKind : std::uint8_t { agent, tool };

/// One agent or tool. `config` was checked before it was stored.
struct Resource {
    std::string id;
    TenantId tenant_id;
    std::string name;
    std::string display_name;
    std::string description;
    Json config = JsonObject{};
    bool is_active = true;
    WallTime created_at{};
    WallTime updated_at{};
};

struct ResourceFilter {
    std::optional<bool> is_active;
    /// Substring of name or description, letters compared without case.
    std::string search;
    PageRequest page;
};

/// Agents and tools. Scoped to a tenant. Any loop may call; the task resumes on the awaiting loop.
class ResourceStore : public Interface {
public:
    template <class Value>
    using Outcome = Task<Result<Value, StoreError>>;

    /// A new row; conflict where the tenant has one of that name.
    [[nodiscard]] virtual Outcome<bool> create(ResourceKind kind, Resource resource) = 0;
    [[nodiscard]] virtual Outcome<Resource> load(ResourceKind kind, TenantId tenant,
                                                 std::string name) = 0;
    [[nodiscard]] virtual Outcome<Page<Resource>> list(ResourceKind kind, TenantId tenant,
                                                       ResourceFilter filter) = 0;
    /// Overwrites the row of the same id (its name may change).
    [[nodiscard]] virtual Outcome<bool> save(ResourceKind kind, Resource resource) = 0;
    [[nodiscard]] virtual Outcome<bool> erase(ResourceKind kind, TenantId tenant,
                                              std::string name) = 0;
};

}  // namespace studio
