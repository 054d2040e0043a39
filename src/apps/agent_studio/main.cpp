/// agent-studio: one program with sub-commands. Exit codes: 0 done, 1 it failed while running, 2
/// the command line, an environment variable or the configuration file is wrong.

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "apps/agent_studio/command_line.hpp"
#include "apps/api/api_server.hpp"
#include "apps/call/call_command.hpp"
#include "apps/call/call_options.hpp"
#include "apps/doctor/doctor_command.hpp"
#include "apps/keys/keys_command.hpp"
#include "apps/keys/tenants_command.hpp"
#include "apps/migrate/migrate_command.hpp"
#include "apps/parts/process_frame.hpp"
#include "apps/scale_advisor/scale_advisor_command.hpp"
#include "apps/serve/server.hpp"
#include "apps/sip/sip_command.hpp"
#include "apps/worker/worker_process.hpp"
#include "runtime/process_setup.hpp"

namespace studio::apps {
namespace {

constexpr int usage_error = 2;

int complain(const std::string& what) {
    std::cerr << "error: " << what << '\n';
    return usage_error;
}

enum class Kind : std::uint8_t { server, tool };

/// A sub-command with options that may stand in a file: its configuration, and how it runs.
template <class Config>
class Configured {
public:
    Configured(CLI::App& parent, const char* name, const char* help, int (*runner)(const Config&),
               Kind kind)
        : app_(*parent.add_subcommand(name, help)), set_(app_), run_(runner), kind_(kind) {
        config_.add_to(set_);
    }

    [[nodiscard]] Command command() {
        return {&app_, &set_, [this] { return run(); }};
    }

private:
    [[nodiscard]] int run() const {
        if (const Validity validity = config_.validate(); !validity) {
            return complain(validity.error());
        }
        set_log_level(config_.operators.log_level);
        if (kind_ == Kind::server) {
            runtime::set_up_server_process();
            set_.log_effective();
        }
        return run_(config_);
    }

    CLI::App& app_;
    OptionSet set_;
    Config config_;
    int (*run_)(const Config&);
    Kind kind_;
};

int run(int count, char** values) {
    runtime::set_up_process();
    CLI::App app("Agent Studio: AI voice agents on your own machines");
    app.set_version_flag("--version", STUDIO_VERSION);
    CommandLine line(app);
    Configured<ServeConfig> serve(app, "serve", "the REST API, the page and the calls",
                                  run_process<Server, ServeConfig>, Kind::server);
    Configured<ApiConfig> api(app, "api",
                              "the REST API alone, beside other replicas; workers hold the calls",
                              run_process<ApiServer, ApiConfig>, Kind::server);
    Configured<WorkerConfig> worker(app, "worker",
                                    "holds calls in LiveKit rooms, beside other replicas",
                                    run_process<WorkerProcess, WorkerConfig>, Kind::server);
    Configured<MigrateConfig> migrate(app, "migrate",
                                      "brings the database's schema up to date and ends",
                                      run_migrate, Kind::server);
    CLI::App* const sip = app.add_subcommand("sip", "telephone lines (docs/phones.md)");
    Configured<SipSetupConfig> sip_setup(*sip, "setup",
                                         "writes trunks and dispatch rules to the media server",
                                         run_sip_setup, Kind::server);
    CLI::App* const keys = app.add_subcommand("keys", "API keys: make, list and revoke them");
    Configured<CreateKeyConfig> create_key(*keys, "create", "makes a key and prints it",
                                           run_create_key, Kind::tool);
    Configured<ListKeysConfig> list_keys(*keys, "list", "lists the keys, without what is secret",
                                         run_list_keys, Kind::tool);
    Configured<RevokeKeyConfig> revoke_key(*keys, "revoke", "makes a key invalid at once",
                                           run_revoke_key, Kind::tool);
    CLI::App* const tenant = app.add_subcommand("tenant", "tenants: make, list and delete them");
    Configured<CreateTenantConfig> create_tenant(*tenant, "create",
                                                 "makes a tenant and prints its first key",
                                                 run_create_tenant, Kind::tool);
    Configured<ListTenantsConfig> list_tenants(*tenant, "list", "lists the tenants",
                                               run_list_tenants, Kind::tool);
    Configured<DeleteTenantConfig> delete_tenant(*tenant, "delete",
                                                 "deletes a tenant and all that is its own",
                                                 run_delete_tenant, Kind::tool);
    Configured<DoctorConfig> doctor(
        app, "doctor", "what is wrong with this installation, and what to do (docs/doctor.md)",
        run_doctor, Kind::tool);
    Configured<ScaleAdvisorConfig> scale_advisor(
        app, "scale-advisor", "how many workers are needed, and whether to move (docs/scaling.md)",
        run_scale_advisor, Kind::tool);
    for (Command command :
         {doctor.command(), scale_advisor.command(), serve.command(), api.command(),
          worker.command(), migrate.command(), sip_setup.command(), create_key.command(),
          list_keys.command(), revoke_key.command(), create_tenant.command(),
          list_tenants.command(), delete_tenant.command()}) {
        line.add(std::move(command));
    }
    CallOptions call_options;
    CLI::App* const call =
        app.add_subcommand("call", "a caller: talks to an agent from a terminal");
    add_call_options(*call, call_options);
    line.add({call, nullptr, [&call_options] {
                  find_key(call_options);
                  const auto validity = validate(call_options);
                  return validity ? run_call(call_options) : complain(validity.error());
              }});

    const auto command = line.parse({values + 1, values + count});
    if (!command) {
        return complain(command.error());
    }
    return *command == nullptr ? 0 : (*command)->run();
}

}  // namespace
}  // namespace studio::apps

int main(int count, char** values) {
    return studio::apps::run(count, values);
}
