#include "apps/serve/serve_config.hpp"

#include <filesystem>

namespace studio::apps {

void ServeConfig::add_to(OptionSet& set, CLI::App& command) {
    http.add_to(set);
    set.add("--database", "STUDIO_DATABASE", database, "the SQLite file");
    set.add("--media-port", "STUDIO_MEDIA_PORT", media_port, "first UDP port for media; 0: any");
    set.add("--media-address", "STUDIO_MEDIA_ADDRESS", media_addresses,
            "addresses told to callers, with commas between [this machine's]");
    set.add("--media-loops", "STUDIO_MEDIA_LOOPS", media_loops,
            "threads for media; 0: cores less one");
    set.add("--calls-per-loop", "STUDIO_CALLS_PER_LOOP", calls_per_loop_max,
            "calls at once on one media loop");
    set.add("--drain-timeout", "STUDIO_DRAIN_TIMEOUT", drain_timeout,
            "seconds that calls have to end after SIGTERM");
    set.add("--record-inputs", "STUDIO_RECORD_INPUTS", record_inputs,
            "folder for recorded call inputs (they hold what callers say)");
    providers.add_to(set);
    operators.add_to(set, command);
}

Validity ServeConfig::validate() const {
    if (calls_per_loop_max == 0) {
        return fail(std::string("--calls-per-loop must be at least 1"));
    }
    if (media_loops > 256) {
        return fail(std::string("--media-loops must be at most 256"));
    }
    if (database.empty()) {
        return fail(std::string("--database needs the path of a file"));
    }
    std::error_code ignored;
    if (!record_inputs.empty() && !std::filesystem::is_directory(record_inputs, ignored)) {
        return fail("--record-inputs: there is no folder " + record_inputs);
    }
    return providers.validate();
}

}  // namespace studio::apps
