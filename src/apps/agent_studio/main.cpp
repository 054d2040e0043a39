/// agent-studio: one program with sub-commands. Exit codes: 0 done, 1 it failed while running, 2
/// the command line or configuration is wrong.

#include <CLI/CLI.hpp>
#include <iostream>
#include <string>
#include <vector>

#include "apps/api/api_server.hpp"
#include "apps/call/call_command.hpp"
#include "apps/call/call_options.hpp"
#include "apps/migrate/migrate_command.hpp"
#include "apps/serve/serve_command.hpp"
#include "apps/serve/serve_config.hpp"

namespace studio::apps {
namespace {

constexpr int usage_error = 2;

/// CLI11 wants the arguments in reverse order; those from the environment come right after the
/// sub-command, so that flags win over them.
std::vector<std::string> gather_arguments(int count, char** values, const CLI::App& app) {
    std::vector<std::string> arguments(values + 1, values + count);
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        if (!arguments.empty() && arguments.front() == command->get_name()) {
            const auto from_environment = environment_arguments(*command);
            arguments.insert(arguments.begin() + 1, from_environment.begin(),
                             from_environment.end());
            break;
        }
    }
    return {arguments.rbegin(), arguments.rend()};
}

bool accept(const Validity& validity) {
    if (!validity) {
        std::cerr << "error: " << validity.error() << '\n';
    }
    return validity.has_value();
}

/// A sub-command that is a server: its options, and how it runs.
template <class Config>
class ServerCommand {
public:
    ServerCommand(CLI::App& app, const char* name, const char* help, int (*run)(const Config&))
        : command_(*app.add_subcommand(name, help)), set_(command_), run_(run) {
        config_.add_to(set_, command_);
    }

    [[nodiscard]] bool is_chosen() const { return command_.parsed(); }
    [[nodiscard]] int run() const {
        if (!accept(config_.validate())) {
            return usage_error;
        }
        set_log_level(config_.operators.log_level);
        set_.log_effective();
        return run_(config_);
    }

private:
    CLI::App& command_;
    OptionSet set_;
    Config config_;
    int (*run_)(const Config&);
};

int run(int count, char** values) {
    CLI::App app("Agent Studio: AI voice agents on your own machines");
    app.set_version_flag("--version", STUDIO_VERSION);
    app.require_subcommand(1);
    const ServerCommand<ServeConfig> serve(app, "serve", "the REST API, the page and the calls",
                                           run_serve);
    const ServerCommand<ApiConfig> api(
        app, "api", "the REST API alone, beside other replicas; workers hold the calls", run_api);
    const ServerCommand<MigrateConfig> migrate(
        app, "migrate", "brings the database's schema up to date and ends", run_migrate);
    CallOptions call_options;
    CLI::App* call = app.add_subcommand("call", "a caller: talks to an agent from a terminal");
    add_call_options(*call, call_options);
    try {
        app.parse(gather_arguments(count, values, app));
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : usage_error;
    }
    if (serve.is_chosen()) {
        return serve.run();
    }
    if (api.is_chosen()) {
        return api.run();
    }
    if (migrate.is_chosen()) {
        return migrate.run();
    }
    return accept(validate(call_options)) ? run_call(call_options) : usage_error;
}

}  // namespace
}  // namespace studio::apps

int main(int count, char** values) {
    return studio::apps::run(count, values);
}
