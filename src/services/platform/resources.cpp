#include "services/platform/resources.hpp"

#include "core/agent/agent_config.hpp"
#include "core/agent/names.hpp"
#include "core/agent/object_reader.hpp"
#include "core/tool/tool_definition.hpp"

namespace studio::services {

namespace {

constexpr std::size_t display_name_bytes_max = 200;
constexpr std::size_t description_bytes_max = 2'000;

std::string_view noun_of(ResourceKind kind) {
    return kind == ResourceKind::agent ? "agent" : "tool";
}

/// Writes the members of `body` over `resource` and reports what is wrong with them.
std::vector<core::FieldError> read_body(ResourceKind kind, const Json& body, Resource& resource) {
    std::vector<core::FieldError> errors;
    core::ObjectReader reader(&body, "", errors);
    reader.read_text("name", resource.name, {.bytes_max = 64});
    reader.read_text("display_name", resource.display_name, {.bytes_max = display_name_bytes_max});
    reader.read_text("description", resource.description, {.bytes_max = description_bytes_max});
    reader.read_boolean("is_active", resource.is_active);
    if (const Json* config = reader.find("config")) {
        resource.config = *config;
    }
    reader.finish();
    if (!errors.empty()) {
        return errors;
    }
    if (kind == ResourceKind::agent && !core::is_agent_name(resource.name)) {
        errors.push_back({"name",
                          "must be lower-case letters, digits and single hyphens, a letter first, "
                          "at most 63"});
    }
    if (kind == ResourceKind::tool && !core::is_tool_name(resource.name)) {
        errors.push_back({"name",
                          "must be lower-case letters, digits and underscores, a letter first, at "
                          "most 64"});
    }
    if (resource.config.is_null()) {
        errors.push_back({"config", "is required"});
    }
    return errors;
}

}  // namespace

ServiceTask<bool> Resources::check_tools_exist(TenantId tenant, std::vector<std::string> tools) {
    std::vector<core::FieldError> errors;
    for (std::size_t index = 0; index < tools.size(); ++index) {
        const auto tool = co_await parts_.store.load(ResourceKind::tool, tenant, tools[index]);
        if (tool) {
            continue;
        }
        if (tool.error() != StoreError::not_found) {
            co_return fail(from_store(tool.error(), "tool"));
        }
        errors.push_back({core::item_path("config.tools", index), "there is no such tool"});
    }
    if (!errors.empty()) {
        co_return fail(invalid(std::move(errors)));
    }
    co_return true;
}

ServiceTask<bool> Resources::check(ResourceKind kind, Resource resource) {
    if (kind == ResourceKind::tool) {
        const auto tool =
            core::parse_tool_definition(resource.name, resource.config, resource.description);
        if (!tool) {
            co_return fail(invalid(tool.error()));
        }
        co_return true;
    }
    auto agent = core::parse_agent_config(resource.config);
    if (!agent) {
        co_return fail(invalid(agent.error()));
    }
    auto errors = parts_.agent_check.check(*agent, "config");
    if (!errors.empty()) {
        co_return fail(invalid(std::move(errors)));
    }
    co_return co_await check_tools_exist(std::move(resource.tenant_id), std::move(agent->tools));
}

ServiceTask<Resource> Resources::create(ResourceKind kind, TenantId tenant, Json body) {
    Resource resource;
    resource.tenant_id = std::move(tenant);
    resource.config = nullptr;
    auto errors = read_body(kind, body, resource);
    if (!errors.empty()) {
        co_return fail(invalid(std::move(errors)));
    }
    if (const auto checked = co_await check(kind, resource); !checked) {
        co_return fail(checked.error());
    }
    if (resource.display_name.empty()) {
        resource.display_name = resource.name;
    }
    resource.id = parts_.entropy.uuid();
    resource.created_at = resource.updated_at = parts_.loop.wall_now();
    const auto created = co_await parts_.store.create(kind, resource);
    if (!created) {
        co_return fail(from_store(created.error(), noun_of(kind)));
    }
    co_return resource;
}

ServiceTask<Resource> Resources::load(ResourceKind kind, TenantId tenant, std::string name) {
    auto resource = co_await parts_.store.load(kind, std::move(tenant), std::move(name));
    if (!resource) {
        co_return fail(from_store(resource.error(), noun_of(kind)));
    }
    co_return std::move(*resource);
}

ServiceTask<Page<Resource>> Resources::list(ResourceKind kind, TenantId tenant,
                                            ResourceFilter filter) {
    auto page = co_await parts_.store.list(kind, std::move(tenant), std::move(filter));
    if (!page) {
        co_return fail(from_store(page.error(), noun_of(kind)));
    }
    co_return std::move(*page);
}

ServiceTask<Resource> Resources::save(ResourceKind kind, Resource resource) {
    if (const auto checked = co_await check(kind, resource); !checked) {
        co_return fail(checked.error());
    }
    if (resource.display_name.empty()) {
        resource.display_name = resource.name;
    }
    resource.updated_at = parts_.loop.wall_now();
    const auto saved = co_await parts_.store.save(kind, resource);
    if (!saved) {
        co_return fail(from_store(saved.error(), noun_of(kind)));
    }
    co_return resource;
}

ServiceTask<Resource> Resources::replace(ResourceKind kind, TenantId tenant, std::string name,
                                         Json body) {
    const auto present = co_await load(kind, std::move(tenant), std::move(name));
    if (!present) {
        co_return fail(present.error());
    }
    Resource resource;
    resource.id = present->id;
    resource.tenant_id = present->tenant_id;
    resource.name = present->name;
    resource.created_at = present->created_at;
    resource.config = nullptr;
    auto errors = read_body(kind, body, resource);
    if (!errors.empty()) {
        co_return fail(invalid(std::move(errors)));
    }
    co_return co_await save(kind, std::move(resource));
}

ServiceTask<Resource> Resources::patch(ResourceKind kind, TenantId tenant, std::string name,
                                       Json body) {
    auto resource = co_await load(kind, std::move(tenant), std::move(name));
    if (!resource) {
        co_return fail(resource.error());
    }
    auto errors = read_body(kind, body, *resource);
    if (!errors.empty()) {
        co_return fail(invalid(std::move(errors)));
    }
    co_return co_await save(kind, std::move(*resource));
}

ServiceTask<bool> Resources::erase(ResourceKind kind, TenantId tenant, std::string name) {
    const auto erased = co_await parts_.store.erase(kind, std::move(tenant), std::move(name));
    if (!erased) {
        co_return fail(from_store(erased.error(), noun_of(kind)));
    }
    co_return true;
}

}  // namespace studio::services
