/// agent-studio: one program with sub-commands. Exit codes: 0 done, 1 it failed while running, 2
/// the command line or configuration is wrong.

#include <CLI/CLI.hpp>
#include <iostream>
#include <string>
#include <vector>

#include "apps/call/call_command.hpp"
#include "apps/call/call_options.hpp"
#include "apps/serve/serve_command.hpp"
#include "apps/serve/serve_config.hpp"

namespace studio::apps {
namespace {

constexpr int usage_error = 2;

/// CLI11 wants the arguments in reverse order; those from the environment come right after the
/// sub-command, so that flags win over them.
std::vector<std::string> gather_arguments(int count, char** values, const CLI::App& serve) {
    std::vector<std::string> arguments(values + 1, values + count);
    if (!arguments.empty() && arguments.front() == serve.get_name()) {
        const auto from_environment = environment_arguments(serve);
        arguments.insert(arguments.begin() + 1, from_environment.begin(), from_environment.end());
    }
    return {arguments.rbegin(), arguments.rend()};
}

template <class Options>
bool accept(const Options& options) {
    const auto valid = validate(options);
    if (!valid) {
        std::cerr << "error: " << valid.error() << '\n';
    }
    return valid.has_value();
}

int run(int count, char** values) {
    CLI::App app("Agent Studio: AI voice agents on your own machines");
    app.set_version_flag("--version", STUDIO_VERSION);
    app.require_subcommand(1);
    ServeConfig serve_config;
    CLI::App* serve = app.add_subcommand("serve", "the REST API, the page and the calls");
    add_serve_options(*serve, serve_config);
    CallOptions call_options;
    CLI::App* call = app.add_subcommand("call", "a caller: talks to an agent from a terminal");
    add_call_options(*call, call_options);
    try {
        app.parse(gather_arguments(count, values, *serve));
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : usage_error;
    }
    if (serve->parsed()) {
        return accept(serve_config) ? run_serve(serve_config) : usage_error;
    }
    return accept(call_options) ? run_call(call_options) : usage_error;
}

}  // namespace
}  // namespace studio::apps

int main(int count, char** values) {
    return studio::apps::run(count, values);
}
