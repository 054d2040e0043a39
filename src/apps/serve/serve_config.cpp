#include "apps/serve/serve_config.hpp"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>

namespace studio::apps {
namespace {

Secret<std::string> read_secret(const char* variable) {
    const char* value = std::getenv(variable);
    return Secret<std::string>(value == nullptr ? "" : value);
}

std::vector<std::string> split(const std::string& list) {
    std::vector<std::string> items;
    std::istringstream stream(list);
    for (std::string item; std::getline(stream, item, ',');) {
        if (!item.empty()) {
            items.push_back(item);
        }
    }
    return items;
}

const char* masked(const Secret<std::string>& secret) {
    return secret.reveal().empty() ? "none" : "set";
}

}  // namespace

void add_serve_options(CLI::App& command, ServeConfig& config) {
    command.set_config("--config", "", "a TOML file with any of these options");
    command.allow_config_extras(CLI::config_extras_mode::error);
    const auto option = [&command]<class Value>(const char* name, Value& target, const char* help,
                                                const char* variable) {
        command.add_option(name, target, help)
            ->envname(variable)
            ->capture_default_str()
            ->take_last();
    };
    option("--host", config.host, "address of the API and the page", "STUDIO_HOST");
    option("--port", config.port, "port of the API and the page; 0: any", "STUDIO_PORT");
    option("--database", config.database, "the SQLite file", "STUDIO_DATABASE");
    option("--media-port", config.media_port, "first UDP port for media; 0: any",
           "STUDIO_MEDIA_PORT");
    command
        .add_option_function<std::string>(
            "--media-address",
            [&config](const std::string& list) { config.media_addresses = split(list); },
            "addresses told to callers, with commas between [this machine's]")
        ->envname("STUDIO_MEDIA_ADDRESS")
        ->take_last();
    option("--media-loops", config.media_loops, "threads for media; 0: cores less one",
           "STUDIO_MEDIA_LOOPS");
    option("--calls-per-loop", config.calls_per_loop_max, "calls at once on one media loop",
           "STUDIO_CALLS_PER_LOOP");
    option("--blocking-threads", config.blocking_threads, "threads for recognisers and voices",
           "STUDIO_BLOCKING_THREADS");
    command
        .add_option_function<unsigned>(
            "--drain-timeout", [&config](unsigned value) { config.drain_timeout = seconds(value); },
            "seconds that calls have to end after SIGTERM [20]")
        ->envname("STUDIO_DRAIN_TIMEOUT")
        ->take_last();
    option("--record-inputs", config.record_inputs,
           "folder for recorded call inputs (they hold what callers say)", "STUDIO_RECORD_INPUTS");
    const std::map<std::string, LogLevel> levels{{"debug", LogLevel::debug},
                                                 {"info", LogLevel::info},
                                                 {"warning", LogLevel::warning},
                                                 {"error", LogLevel::error},
                                                 {"off", LogLevel::off}};
    command.add_option("--log-level", config.log_level, "debug, info, warning, error or off")
        ->envname("STUDIO_LOG_LEVEL")
        ->take_last()
        ->transform(CLI::CheckedTransformer(levels, CLI::ignore_case));
    option("--openai-base-url", config.openai_base_url, "an OpenAI-compatible server",
           "OPENAI_BASE_URL");
    option("--deepgram-url", config.deepgram_url, "a Deepgram-compatible server", "DEEPGRAM_URL");
    config.openai_api_key = read_secret("OPENAI_API_KEY");
    config.deepgram_api_key = read_secret("DEEPGRAM_API_KEY");
}

std::vector<std::string> environment_arguments(const CLI::App& command) {
    std::vector<std::string> arguments;
    for (const CLI::Option* option : command.get_options()) {
        const char* value =
            option->get_envname().empty() ? nullptr : std::getenv(option->get_envname().c_str());
        if (value != nullptr && *value != '\0') {
            arguments.push_back(option->get_name() + '=' + value);
        }
    }
    return arguments;
}

Result<bool, std::string> validate(const ServeConfig& config) {
    if (config.calls_per_loop_max == 0) {
        return fail(std::string("--calls-per-loop must be at least 1"));
    }
    if (config.blocking_threads == 0 || config.blocking_threads > 64) {
        return fail(std::string("--blocking-threads must be 1 to 64"));
    }
    if (config.media_loops > 256) {
        return fail(std::string("--media-loops must be at most 256"));
    }
    if (config.database.empty()) {
        return fail(std::string("--database needs the path of a file"));
    }
    std::error_code ignored;
    if (!config.record_inputs.empty() &&
        !std::filesystem::is_directory(config.record_inputs, ignored)) {
        return fail("--record-inputs: there is no folder " + config.record_inputs);
    }
    return true;
}

void log_config(const ServeConfig& config) {
    STUDIO_LOG(info, "configuration", {"host", config.host}, {"port", config.port},
               {"database", config.database}, {"media_port", config.media_port},
               {"media_loops", config.media_loops}, {"calls_per_loop", config.calls_per_loop_max},
               {"blocking_threads", config.blocking_threads},
               {"drain_timeout_s", config.drain_timeout.count()},
               {"record_inputs", config.record_inputs}, {"openai_base_url", config.openai_base_url},
               {"openai_api_key", masked(config.openai_api_key)},
               {"deepgram_url", config.deepgram_url},
               {"deepgram_api_key", masked(config.deepgram_api_key)});
}

}  // namespace studio::apps
