#include "apps/migrate/migrate_command.hpp"

#include <iostream>

#include "adapters/postgres/postgres_database.hpp"
#include "apps/connections/connections.hpp"
#include "runtime/asio_loop.hpp"
#include "runtime/task_scope.hpp"

namespace studio::apps {
namespace {

constexpr milliseconds pause{500};

/// The last error, where it did not come about in time.
using Outcome = Result<void, std::string>;

/// Tries until the time is up: what is wrong may be that the database starts just now. Nothing is
/// half done by a try that fails.
Task<void> migrate(runtime::AsioLoop& loop, const adapters::PostgresOptions& options, seconds wait,
                   Outcome& outcome) {
    const Instant until = loop.now() + wait;
    outcome = adapters::PostgresDatabase::migrate(options);
    while (!outcome && loop.now() < until) {
        [[maybe_unused]] const bool slept = co_await runtime::sleep_for(loop, pause);
        outcome = adapters::PostgresDatabase::migrate(options);
    }
    loop.stop();
}

}  // namespace

void MigrateConfig::add_to(OptionSet& set) {
    set.add_secret_url("DATABASE_URL", database.url, "postgresql://user:password@host:port/name");
    set.add("--wait", "STUDIO_MIGRATE_WAIT", wait, "seconds to wait for the database");
    operators.add_to(set);
}

int run_migrate(const MigrateConfig& config) {
    const auto options = postgres_options(config.database.url);
    // What can never work is not waited for.
    if (!options) {
        std::cerr << "error: " << options.error() << '\n';
        return 1;
    }
    runtime::AsioLoop loop(runtime::AsioLoopOptions{.name = "migrate"});
    runtime::TaskScope scope(loop);
    Outcome outcome;
    loop.post([&] { scope.spawn(migrate(loop, *options, config.wait, outcome)); });
    loop.run();
    if (!outcome) {
        std::cerr << "error: " << outcome.error() << '\n';
        return 1;
    }
    std::cout << "The database is up to date." << std::endl;
    return 0;
}

}  // namespace studio::apps
