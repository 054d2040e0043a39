#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/json.hpp"

namespace studio {

/// What a tenant configures, each kind with a namespace of names of its own.
enum class ResourceKind : std::uint8_t { agent, tool, workflow };

/// One resource of a tenant, as others name it.
struct ResourceName {
    ResourceKind kind = ResourceKind::agent;
    std::string name;

    friend bool operator==(const ResourceName&, const ResourceName&) = default;
};

/// All that tells one kind from another where resources are kept and shown. A new kind is one more
/// row of the table, a table of the same shape in db/migrations, and a row in services/resources
/// with its rules.
struct ResourceKindInfo {
    ResourceKind kind = ResourceKind::agent;
    /// In sentences: `agent`.
    const char* noun = "";
    /// In paths, in scopes of keys, and as the table's name: `agents`.
    const char* plural = "";
    /// How the API spells the name, by which others know it, and the name for people.
    const char* name_field = "";
    const char* title_field = "";
    /// The resources that a configuration names. What it names must not go away while it does.
    std::vector<ResourceName> (*uses)(const Json& config) = nullptr;
};

/// Every kind.
[[nodiscard]] std::span<const ResourceKindInfo> resource_kinds();
[[nodiscard]] const ResourceKindInfo& info_of(ResourceKind kind);

}  // namespace studio
