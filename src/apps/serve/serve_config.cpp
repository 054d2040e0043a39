#include "apps/serve/serve_config.hpp"

#include <algorithm>
#include <filesystem>

#include "services/accounts/accounts.hpp"

namespace studio::apps {

void ServeConfig::add_to(OptionSet& set) {
    http.add_to(set);
    set.add("--database", "STUDIO_DATABASE", database, "the SQLite file", text_check());
    set.add("--example", "STUDIO_EXAMPLE", example,
            "install the agent 'restaurant' with a booking service of its own");
    set.add("--media-port", "STUDIO_MEDIA_PORT", media_port, "first UDP port for media; 0: any");
    set.add("--media-address", "STUDIO_MEDIA_ADDRESS", media_addresses,
            "addresses told to callers, with commas between; empty: this machine's",
            address_list_check());
    set.add("--media-priority", "STUDIO_MEDIA_PRIORITY", media_priority,
            "media threads run before other programs, where that is allowed");
    set.add("--media-loops", "STUDIO_MEDIA_LOOPS", media_loops,
            "threads for media; 0: cores less one", {0, 256});
    set.add("--calls-per-loop", "STUDIO_CALLS_PER_LOOP", calls_per_loop_max,
            "calls at once on one media loop");
    set.add("--rate-limit", "STUDIO_RATE_LIMIT", rate_limit,
            "requests a minute of a key without a limit of its own; 0: any number",
            {.max = 1'000'000});
    set.add("--drain-timeout", "STUDIO_DRAIN_TIMEOUT", drain_timeout,
            "seconds that calls have to end after SIGTERM");
    set.add("--record-inputs", "STUDIO_RECORD_INPUTS", record_inputs,
            "folder for recorded call inputs (they hold what callers say)");
    providers.add_to(set);
    set.add_secret("STUDIO_API_KEY", first_api_key, "the first API key; empty: one is made");
    encryption.add_to(set);
    sign_in.add_to(set);
    operators.add_to(set);
}

Validity ServeConfig::validate() const {
    if (calls_per_loop_max == 0) {
        return fail(std::string("--calls-per-loop must be at least 1"));
    }
    if (media_port != 0 && media_port + std::max(media_loops, 1U) - 1 > 65'535) {
        return fail(std::string("--media-port must leave a port up to 65535 for each media loop"));
    }
    if (!first_api_key.reveal().empty() && !services::is_api_key(first_api_key.reveal())) {
        return fail(
            std::string("STUDIO_API_KEY must be as_live_ or as_test_ and 32 letters or digits"));
    }
    std::error_code ignored;
    if (!record_inputs.empty() && !std::filesystem::is_directory(record_inputs, ignored)) {
        return fail("--record-inputs: there is no folder " + record_inputs);
    }
    if (const Validity validity = encryption.validate(); !validity) {
        return validity;
    }
    if (const Validity validity = sign_in.validate(); !validity) {
        return validity;
    }
    return providers.validate();
}

}  // namespace studio::apps
