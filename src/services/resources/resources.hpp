#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/entropy.hpp"
#include "base/json.hpp"
#include "ports/resource_store.hpp"
#include "runtime/loop.hpp"
#include "services/errors/service_error.hpp"
#include "services/resources/config_list.hpp"
#include "services/resources/resource_rules.hpp"

namespace studio::services {

/// A resource as it is answered.
struct ResourceAnswer {
    Resource resource;
    /// What will not work although it is stored: by the path of the field.
    std::vector<core::FieldError> warnings;
};

/// Whether a resource is in the state that the writer expects; an empty one always holds.
using ResourceCondition = std::function<bool(const Resource& present)>;

/// Agents, tools and what else a tenant configures: written only when wholly valid, so that whoever
/// loads one may rely on it. Bodies are the API's JSON; every wrong or unknown field is reported
/// with its path. Lives on one loop; what it is built from outlives it and its tasks.
///
/// A write sees the row, computes the new one and stores it only where the row is still what it was
/// then; else it begins again. So simultaneous writes have the effect of one after the other.
class Resources {
public:
    struct Parts {
        ResourceStore& store;
        const AgentCheck& agent_check;
        Entropy& entropy;
        runtime::Loop& loop;
    };

    explicit Resources(Parts parts) : parts_(parts), agents_(parts.agent_check) {}

    /// {name, display_name, description, config, is_active}, of a workflow {slug, name, …}
    /// (ResourceKindInfo); the first and config are required.
    [[nodiscard]] ServiceTask<ResourceAnswer> create(ResourceKind kind, TenantId tenant, Json body);
    [[nodiscard]] ServiceTask<ResourceAnswer> load(ResourceKind kind, TenantId tenant,
                                                   std::string name);
    /// In the order of their names.
    [[nodiscard]] ServiceTask<Page<Resource>> list(ResourceKind kind, TenantId tenant,
                                                   ResourceFilter filter);

    /// Which resource is written, and in which state it must be: precondition_failed where it is in
    /// another. conflict, with their names, where others use it by a name that it would lose.
    struct Target {
        ResourceKind kind = ResourceKind::agent;
        TenantId tenant;
        std::string name;
        ResourceCondition condition;
    };
    /// PUT: what the body leaves out gets its default; the name stays unless given.
    [[nodiscard]] ServiceTask<ResourceAnswer> replace(Target target, Json body);
    /// PATCH: the body is a JSON Merge Patch (RFC 7396) of the same object, `config` included: what
    /// it leaves out stays, null removes.
    [[nodiscard]] ServiceTask<ResourceAnswer> patch(Target target, Json body);
    [[nodiscard]] ServiceTask<bool> erase(Target target);
    /// Puts one item, an object, into a list of objects of the configuration in the place of the
    /// one with its id, else at the end, and leaves the rest as it is; not_found without the item
    /// where there is none of that id. What the whole lacks then is a warning, for another piece
    /// may bring it.
    struct Piece {
        ConfigList list;
        std::string id;
        /// Nothing takes it out.
        std::optional<Json> item;
    };
    [[nodiscard]] ServiceTask<ResourceAnswer> write_piece(Target target, Piece piece);

private:
    /// The object that is to be stored, of the present row; nothing where the row does not have
    /// what is to be changed.
    using Draft = std::function<std::optional<Json>(const Resource& present)>;
    /// Whether gaps are errors (ResourceFindings).
    enum class Extent : std::uint8_t { whole, piece };

    [[nodiscard]] const ResourceRules& rules_of(ResourceKind kind) const;
    /// Writes the members of `body` over `resource` and reports what is wrong with them.
    [[nodiscard]] std::vector<core::FieldError> read_body(ResourceKind kind, const Json& body,
                                                          Resource& resource) const;
    /// The warnings, where all is well; fills in what the resource needs.
    [[nodiscard]] ServiceResult<std::vector<core::FieldError>> check(ResourceKind kind,
                                                                     Resource& resource,
                                                                     Extent extent) const;
    [[nodiscard]] ServiceTask<ResourceAnswer> write(Target target, Draft draft, Extent extent);
    [[nodiscard]] Task<Result<ResourceAnswer, StoreError>> finish(ResourceKind kind,
                                                                  ResourceAnswer answer);
    [[nodiscard]] Task<ServiceError> refusal(StoreError error, ResourceKind kind, TenantId tenant,
                                             std::string name, std::vector<ResourceName> needs);

    Parts parts_;
    AgentRules agents_;
    ToolRules tools_;
    WorkflowRules workflows_;
};

}  // namespace studio::services
