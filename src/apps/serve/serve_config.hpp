#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "apps/config/encryption_options.hpp"
#include "apps/config/option_groups.hpp"

namespace studio::apps {

/// What `agent-studio serve` is told. docs/configuration.md lists every option.
struct ServeConfig {
    /// Of the REST API and the page. Browsers give the microphone only to https or localhost.
    HttpOptions http;
    /// The SQLite file; made at first start.
    std::string database = "agent-studio.db";
    /// First UDP port for media; each media loop takes the next one. 0 lets the system choose.
    std::uint16_t media_port = 0;
    /// Addresses that callers are told to send media to; empty means those of this machine.
    std::vector<std::string> media_addresses;
    /// Loops (threads) given to media; 0 means one less than the cores, at least one.
    unsigned media_loops = 0;
    /// Whether those threads ask to run before others (SCHED_RR, else a lower nice value).
    bool media_priority = true;
    /// Calls at once on one media loop. A core was measured to hold more; see bench/README.md.
    unsigned calls_per_loop_max = 200;
    /// After SIGTERM, calls may say goodbye for so long.
    seconds drain_timeout{20};
    /// Requests a minute of a key without a limit of its own; 0 for any number: one machine's own
    /// keys ask it.
    unsigned rate_limit = 0;
    /// Whether the example restaurant is installed, with its back end.
    bool example = false;
    /// A folder in which every call's inputs are recorded for replay; empty for none. The records
    /// hold what callers said: for development only.
    std::string record_inputs;
    /// Its blocking threads serve the database, too.
    ProviderOptions providers;
    EncryptionOptions encryption;
    OperatorOptions operators;
    SignInOptions sign_in{.jwt_secret = {}, .jwt_secret_previous = {}, .makes_key = true};
    /// A key that the operator chose: valid from the start, with every scope. Empty means that the
    /// first start makes one and prints it.
    Secret<std::string> first_api_key;

    /// It outlives the parsing of the command.
    void add_to(OptionSet& set);
    [[nodiscard]] Validity validate() const;
};

}  // namespace studio::apps
