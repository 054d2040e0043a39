#include "apps/api/api_config.hpp"

#include "services/accounts/accounts.hpp"

namespace studio::apps {

void ApiConfig::add_to(OptionSet& set) {
    http.add_to(set);
    database.add_to(set);
    redis.add_to(set);
    livekit.add_to(set);
    limits.add_to(set);
    providers.add_to(set);
    set.add_secret("STUDIO_API_KEY", first_api_key, "the first API key; empty: one is made");
    set.add("--rate-limit", "STUDIO_RATE_LIMIT", rate_limit,
            "requests a minute of a key without a limit of its own; 0: any number",
            {.max = 1'000'000});
    set.add("--drain-timeout", "STUDIO_API_DRAIN_TIMEOUT", drain_timeout,
            "seconds that it goes on answering after SIGTERM");
    encryption.add_to(set);
    sign_in.add_to(set);
    operators.add_to(set);
}

Validity ApiConfig::validate() const {
    for (const Validity& validity :
         {database.validate(), redis.validate(), livekit.validate(), providers.validate(),
          encryption.validate(), sign_in.validate()}) {
        if (!validity) {
            return validity;
        }
    }
    if (!first_api_key.reveal().empty() && !services::is_api_key(first_api_key.reveal())) {
        return fail(
            std::string("STUDIO_API_KEY must be as_live_ or as_test_ and 32 letters or digits"));
    }
    return true;
}

}  // namespace studio::apps
