#pragma once

#include <string>

#include "base/entropy.hpp"
#include "base/json.hpp"
#include "ports/resource_store.hpp"
#include "runtime/loop.hpp"
#include "services/platform/agent_check.hpp"
#include "services/platform/service_error.hpp"

namespace studio::services {

/// Agents and tools of a tenant: written only when wholly valid, so that whoever loads one may rely
/// on it. Bodies are the API's JSON; every wrong or unknown field is reported with its path. Lives
/// on one loop; what it is built from outlives it and its tasks.
class Resources {
public:
    struct Parts {
        ResourceStore& store;
        const AgentCheck& agent_check;
        Entropy& entropy;
        runtime::Loop& loop;
    };

    explicit Resources(Parts parts) : parts_(parts) {}

    /// {name, display_name, description, config, is_active}; name and config are required.
    [[nodiscard]] ServiceTask<Resource> create(ResourceKind kind, TenantId tenant, Json body);
    [[nodiscard]] ServiceTask<Resource> load(ResourceKind kind, TenantId tenant, std::string name);
    /// In the order of their names.
    [[nodiscard]] ServiceTask<Page<Resource>> list(ResourceKind kind, TenantId tenant,
                                                   ResourceFilter filter);
    /// PUT: what the body leaves out gets its default; the name stays unless given.
    [[nodiscard]] ServiceTask<Resource> replace(ResourceKind kind, TenantId tenant,
                                                std::string name, Json body);
    /// PATCH: what the body leaves out stays. `config` is exchanged as a whole.
    [[nodiscard]] ServiceTask<Resource> patch(ResourceKind kind, TenantId tenant, std::string name,
                                              Json body);
    [[nodiscard]] ServiceTask<bool> erase(ResourceKind kind, TenantId tenant, std::string name);

private:
    [[nodiscard]] ServiceTask<bool> check(ResourceKind kind, Resource resource);
    [[nodiscard]] ServiceTask<bool> check_tools_exist(TenantId tenant,
                                                      std::vector<std::string> tools);
    [[nodiscard]] ServiceTask<Resource> save(ResourceKind kind, Resource resource);

    Parts parts_;
};

}  // namespace studio::services
