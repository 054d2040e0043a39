#pragma once

#include <string>
#include <vector>

#include "apps/config/option_groups.hpp"

namespace studio::apps {

/// What `agent-studio doctor` is told (docs/doctor.md): the variables that the other commands have,
/// of which it checks those that are set.
struct DoctorConfig {
    OperatorOptions operators;
    DatabaseOptions database;
    RedisOptions redis;
    LivekitOptions livekit;
    ProviderOptions providers;
    std::vector<std::string> media_addresses;
    /// Running servers, or the load balancer.
    std::vector<std::string> urls;
    /// A JSON file for whoever helps; empty: none is written.
    std::string bundle;

    void add_to(OptionSet& set);
    [[nodiscard]] Validity validate() const;

    /// As it is in force, secrets masked. After add_to.
    [[nodiscard]] std::vector<std::string> effective() const { return set_->effective(); }

private:
    const OptionSet* set_ = nullptr;
};

/// Prints what it found. 0; 1 where calls cannot work, or the bundle cannot be written.
[[nodiscard]] int run_doctor(const DoctorConfig& config);

}  // namespace studio::apps
