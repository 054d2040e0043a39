#include "apps/keys/tenants_command.hpp"

#include <iostream>
#include <optional>

#include "apps/keys/use_accounts.hpp"

namespace studio::apps {

void CreateTenantConfig::add_to(OptionSet& set) {
    database.add_to(set);
    set.add_word("slug", slug, "its short name: small letters, digits and hyphens");
    set.add("--name", "", name, "what people call it; the slug unless given");
    operators.add_to(set);
}

Validity CreateTenantConfig::validate() const {
    if (slug.empty()) {
        return fail(std::string("say which tenant: `agent-studio tenant create SLUG`"));
    }
    return true;
}

void ListTenantsConfig::add_to(OptionSet& set) {
    database.add_to(set);
    operators.add_to(set);
}

void DeleteTenantConfig::add_to(OptionSet& set) {
    database.add_to(set);
    set.add_word("slug", slug, "its slug, as `tenant list` shows it");
    set.add("--yes", "", yes, "do it: what is deleted does not come back");
    operators.add_to(set);
}

Validity DeleteTenantConfig::validate() const {
    if (slug.empty()) {
        return fail(std::string("say which tenant: `agent-studio tenant delete SLUG --yes`"));
    }
    if (!yes) {
        return fail("tenant " + slug +
                    " would go with its keys, people, agents, tools, workflows and calls, and not "
                    "come back; say --yes");
    }
    return true;
}

int run_create_tenant(const CreateTenantConfig& config) {
    return use_accounts(
        config.database, true, [&config](AccountTools& tools) -> Task<std::optional<std::string>> {
            const auto made = co_await tools.tenants.create(config.slug, config.name);
            if (!made) {
                co_return describe(made.error());
            }
            std::cout << made->key.reveal() << std::endl;
            std::cerr << "id " << made->tenant.id.text()
                      << "; its first key is shown only this once\n";
            co_return std::nullopt;
        });
}

int run_list_tenants(const ListTenantsConfig& config) {
    return use_accounts(
        config.database, false, [](AccountTools& tools) -> Task<std::optional<std::string>> {
            const auto tenants = co_await tools.tenants.list();
            if (!tenants) {
                co_return describe(tenants.error());
            }
            for (const Tenant& tenant : *tenants) {
                std::cout << tenant.id.text() << "  " << to_rfc3339(tenant.created_at) << "  "
                          << tenant.slug << "  " << tenant.name << '\n';
            }
            std::cout << std::flush;
            co_return std::nullopt;
        });
}

int run_delete_tenant(const DeleteTenantConfig& config) {
    return use_accounts(config.database, false,
                        [&config](AccountTools& tools) -> Task<std::optional<std::string>> {
                            const auto erased = co_await tools.tenants.erase(config.slug);
                            if (!erased) {
                                co_return describe(erased.error());
                            }
                            std::cout << "deleted " << config.slug << std::endl;
                            co_return std::nullopt;
                        });
}

}  // namespace studio::apps
