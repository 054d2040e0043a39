#pragma once

#include "apps/config/option_groups.hpp"

namespace studio::apps {

/// What `agent-studio migrate` is told.
struct MigrateConfig {
    DatabaseOptions database;
    OperatorOptions operators;
    /// How long it waits for a database that is just starting.
    seconds wait{30};

    void add_to(OptionSet& set);
    [[nodiscard]] Validity validate() const { return database.validate(); }
};

/// Brings the database's schema up to date and ends. Any number may run at once: one does it, the
/// others find it done. Returns the exit code.
[[nodiscard]] int run_migrate(const MigrateConfig& config);

}  // namespace studio::apps
