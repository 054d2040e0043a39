#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "base/result.hpp"
#include "base/sensitive.hpp"
#include "base/time.hpp"

namespace CLI {
class App;
}

namespace studio::apps {

/// What `agent-studio serve` is told by defaults, configuration file, environment and flags, each
/// stronger than the one before.
struct ServeConfig {
    /// Address of the REST API and the page. Browsers give the microphone only to https or
    /// localhost.
    std::string host = "127.0.0.1";
    /// 0 lets the system choose; the port is printed.
    std::uint16_t port = 8000;
    /// The SQLite file; made at first start.
    std::string database = "agent-studio.db";
    /// First UDP port for media; each media loop takes the next one. 0 lets the system choose.
    std::uint16_t media_port = 0;
    /// Addresses that callers are told to send media to; empty means those of this machine.
    std::vector<std::string> media_addresses;
    /// Loops (threads) given to media; 0 means one less than the cores, at least one.
    unsigned media_loops = 0;
    /// Calls at once on one media loop. A core was measured to hold more; see bench/README.md.
    unsigned calls_per_loop_max = 200;
    /// Threads for recognisers, voices and the database.
    unsigned blocking_threads = 4;
    /// After SIGTERM, calls may say goodbye for so long.
    seconds drain_timeout{20};
    /// A folder in which every call's inputs are recorded for replay; empty for none. The records
    /// hold what callers said: for development only.
    std::string record_inputs;
    LogLevel log_level = LogLevel::info;

    Secret<std::string> openai_api_key;
    std::string openai_base_url = "https://api.openai.com/v1";
    Secret<std::string> deepgram_api_key;
    std::string deepgram_url = "wss://api.deepgram.com";
};

/// Adds the options of `serve` to a command; they are written to `config` when it is parsed, which
/// must live as long as the command. Keys come from the environment only.
void add_serve_options(CLI::App& command, ServeConfig& config);

/// The environment's settings as arguments, to be put before the flags: this version of CLI11 lets
/// the file win over the environment, arguments win over both, and of two the last one wins.
[[nodiscard]] std::vector<std::string> environment_arguments(const CLI::App& command);

/// What is wrong with the configuration, as one line for people; success where nothing is.
[[nodiscard]] Result<bool, std::string> validate(const ServeConfig& config);

/// Logs the effective configuration, secrets masked.
void log_config(const ServeConfig& config);

}  // namespace studio::apps
