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
    set.add("--pod-name", "POD_NAME", pod.pod_name,
            "this pod, whose deletion cost is written; empty: none");
    set.add("--pod-namespace", "POD_NAMESPACE", pod.pod_namespace, "its namespace");
    set.add("--kubernetes-host", "KUBERNETES_SERVICE_HOST", pod.host,
            "the API server of Kubernetes; empty: there is none");
    set.add("--kubernetes-port", "KUBERNETES_SERVICE_PORT", pod.port, "its port");
    set.add("--kubernetes-credentials", "STUDIO_KUBERNETES_CREDENTIALS", pod.credentials,
            "folder with token and ca.crt");
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
    if (const auto errors = adapters::validate(pod); !errors.empty()) {
        return fail(errors.front());
    }
    return true;
}

}  // namespace studio::apps
