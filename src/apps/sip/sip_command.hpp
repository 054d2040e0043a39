#pragma once

#include <string>

#include "apps/config/option_groups.hpp"

namespace studio::apps {

/// `agent-studio sip setup --file FILE`: trunks and dispatch rules of a LiveKit server as a file
/// describes them (docs/phones.md).
struct SipSetupConfig {
    OperatorOptions operators;
    LivekitOptions livekit;
    /// The JSON file.
    std::string file;

    void add_to(OptionSet& set);
    [[nodiscard]] Validity validate() const;
};

/// Prints one line for each trunk and rule. 0 where all is as the file says, 1 where the server
/// does not do it, 2 where the file is wrong.
[[nodiscard]] int run_sip_setup(const SipSetupConfig& config);

}  // namespace studio::apps
