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
#include "apps/sip/sip_command.hpp"
#include "apps/worker/worker_process.hpp"

namespace studio::apps {
namespace {

constexpr int usage_error = 2;

const CLI::App* find_command(const CLI::App& parent, const std::string& name) {
    for (const CLI::App* command : parent.get_subcommands([](const CLI::App*) { return true; })) {
        if (command->get_name() == name) {
            return command;
        }
    }
    return nullptr;
}

/// CLI11 wants the arguments in reverse order; those from the environment come right after the
/// sub-command, so that flags win over them.
std::vector<std::string> gather_arguments(int count, char** values, const CLI::App& app) {
    std::vector<std::string> arguments(values + 1, values + count);
    const CLI::App* command = &app;
    std::size_t depth = 0;
    while (depth < arguments.size()) {
        const CLI::App* const inner = find_command(*command, arguments[depth]);
        if (inner == nullptr) {
            break;
        }
        command = inner;
        ++depth;
    }
    const auto from_environment = environment_arguments(*command);
    arguments.insert(arguments.begin() + static_cast<std::ptrdiff_t>(depth),
                     from_environment.begin(), from_environment.end());
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
    ServerCommand(CLI::App& app, const char* name, const char* help, int (*runner)(const Config&))
        : command_(*app.add_subcommand(name, help)), set_(command_), run_(runner) {
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
    const ServerCommand<WorkerConfig> worker(
        app, "worker", "holds calls in LiveKit rooms, beside other replicas", run_worker);
    const ServerCommand<MigrateConfig> migrate(
        app, "migrate", "brings the database's schema up to date and ends", run_migrate);
    CLI::App* sip = app.add_subcommand("sip", "telephone lines (docs/phones.md)");
    sip->require_subcommand(1);
    const ServerCommand<SipSetupConfig> sip_setup(
        *sip, "setup", "writes trunks and dispatch rules to the media server", run_sip_setup);
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
    if (sip_setup.is_chosen()) {
        return sip_setup.run();
    }
    if (worker.is_chosen()) {
        return worker.run();
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
