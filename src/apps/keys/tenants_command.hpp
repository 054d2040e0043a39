#pragma once

#include <string>

#include "apps/keys/keys_command.hpp"

namespace studio::apps {

/// `agent-studio tenant create SLUG`.
struct CreateTenantConfig {
    KeyDatabase database;
    OperatorOptions operators{.log_level = LogLevel::warning, .metrics_token = {}};
    std::string slug;
    /// For people; the slug where it is empty.
    std::string name;

    void add_to(OptionSet& set);
    [[nodiscard]] Validity validate() const;
};

/// `agent-studio tenant list`.
struct ListTenantsConfig {
    KeyDatabase database;
    OperatorOptions operators{.log_level = LogLevel::warning, .metrics_token = {}};

    void add_to(OptionSet& set);
    [[nodiscard]] Validity validate() const { return true; }
};

/// `agent-studio tenant delete SLUG --yes`.
struct DeleteTenantConfig {
    KeyDatabase database;
    OperatorOptions operators{.log_level = LogLevel::warning, .metrics_token = {}};
    std::string slug;
    /// Without it nothing is done: what is deleted does not come back.
    bool yes = false;

    void add_to(OptionSet& set);
    [[nodiscard]] Validity validate() const;
};

/// Prints the tenant's first key alone on standard output, and its id on standard error.
[[nodiscard]] int run_create_tenant(const CreateTenantConfig& config);
/// Prints a line for each tenant: id, moment of its making, slug, name.
[[nodiscard]] int run_list_tenants(const ListTenantsConfig& config);
/// Deletes a tenant with all that is its own. 1 where there is none, and for `default`.
[[nodiscard]] int run_delete_tenant(const DeleteTenantConfig& config);

}  // namespace studio::apps
