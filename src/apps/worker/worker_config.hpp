#pragma once

#include "adapters/kubernetes/pod_deletion_cost.hpp"
#include "apps/config/option_groups.hpp"

namespace studio::apps {

/// What `agent-studio worker` is told. docs/configuration.md lists every option.
struct WorkerConfig {
    /// Of health and metrics; nothing else is served.
    HttpOptions http{.host = "0.0.0.0", .port = 8081};
    DatabaseOptions database;
    RedisOptions redis;
    LivekitOptions livekit;
    /// For calls that do not come by the queue; the API admits the others.
    LimitOptions limits;
    ProviderOptions providers;
    OperatorOptions operators;
    /// Calls at once; 0 takes it from the processors that the process may use and what a call was
    /// measured to cost.
    unsigned calls_max = 0;
    /// Agents whose calls it takes; empty means all.
    std::vector<std::string> agents;
    /// Who answers in rooms of others that name no agent; empty means that such rooms are refused.
    std::string default_agent;
    /// Addresses that LiveKit and callers are told to send media to; empty means those of this
    /// machine.
    std::vector<std::string> media_addresses;
    /// People of one room who are heard at once, the caller among them; 1 to 6. Each further one
    /// costs a decoder.
    unsigned room_voices = 4;
    /// Loops (threads) given to calls; 0 means one less than the processors, at least one.
    unsigned media_loops = 0;
    /// Whether those threads ask to run before others (SCHED_RR, else a lower nice value).
    bool media_priority = true;
    /// After SIGTERM calls are handed over; what nobody takes ends politely after so long.
    seconds drain_timeout{60};
    /// Where its pod is, which is told whether it may be ended lightly; only in a cluster.
    adapters::PodOptions pod;

    /// It outlives the parsing of the command.
    void add_to(OptionSet& set);
    [[nodiscard]] Validity validate() const;
};

}  // namespace studio::apps
