#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "core/call/call_usage.hpp"

namespace studio::services {

/// Writes into a call's record what its providers did, and who of them the caller waited for: the
/// one that was asked last of each stage.
class UsageBook {
public:
    /// Who was asked for how much, while `agent` was spoken to.
    void note(std::vector<core::StageUsage>& usage, const core::StageUsage& key,
              const core::UsageAmounts& amounts) {
        Served& served = served_.at(static_cast<std::size_t>(key.stage));
        served.provider = key.provider;
        served.model = key.model;
        if (core::StageUsage* line = core::usage_line(usage, key)) {
            line->amounts.add(amounts);
        }
    }

    /// The caller waited for a stage of the answer of `agent` from then to then, either of which
    /// the turn may never have reached.
    void note_wait(std::vector<core::StageUsage>& usage, core::UsageStage stage,
                   const std::string& agent, std::optional<microseconds> from,
                   std::optional<microseconds> to) const {
        if (!from || !to || *to < *from) {
            return;
        }
        const Served& served = served_.at(static_cast<std::size_t>(stage));
        if (core::StageUsage* line =
                core::usage_line(usage, {stage, served.provider, served.model, agent})) {
            line->add_latency(*to - *from);
        }
    }

private:
    struct Served {
        std::string provider;
        std::string model;
    };
    std::array<Served, 4> served_;
};

}  // namespace studio::services
