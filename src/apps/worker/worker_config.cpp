#include "apps/worker/worker_config.hpp"

namespace studio::apps {

void WorkerConfig::add_to(OptionSet& set) {
    set.add("--health-host", "WORKER_HEALTH_HOST", http.host, "address of health and metrics",
            address_check());
    set.add("--health-port", "WORKER_HEALTH_PORT", http.port, "port of health and metrics; 0: any");
    database.add_to(set);
    redis.add_to(set);
    livekit.add_to(set);
    limits.add_to(set);
    set.add("--max-calls", "WORKER_MAX_CALLS", calls_max,
            "calls at once; 0: from the processors and what a call costs", {0, 100'000});
    set.add("--agents", "AGENT_FILTER", agents,
            "agents whose calls are taken, with commas between; empty: all");
    set.add("--default-agent", "STUDIO_DEFAULT_AGENT", default_agent,
            "agent for rooms of others that name none; empty: they are refused");
    set.add("--media-address", "STUDIO_MEDIA_ADDRESS", media_addresses,
            "addresses told to LiveKit, with commas between; empty: this machine's",
            address_list_check());
    set.add("--room-voices", "STUDIO_ROOM_VOICES", room_voices,
            "people of one room heard at once, the caller among them", {1, 6});
    set.add("--media-priority", "STUDIO_MEDIA_PRIORITY", media_priority,
            "media threads run before other programs, where that is allowed");
    set.add("--media-loops", "STUDIO_MEDIA_LOOPS", media_loops,
            "threads for calls; 0: processors less one", {0, 256});
    set.add("--drain-timeout", "STUDIO_DRAIN_TIMEOUT", drain_timeout,
            "seconds that calls have to change their worker after SIGTERM");
    providers.add_to(set);
    operators.add_to(set);
}

Validity WorkerConfig::validate() const {
    for (const Validity& validity :
         {database.validate(), redis.validate(), livekit.validate(), providers.validate()}) {
        if (!validity) {
            return validity;
        }
    }
    return true;
}

}  // namespace studio::apps
