#include <gtest/gtest.h>

#include <map>

#include "base/check.hpp"
#include "base/log.hpp"
#include "sim/sim_call.hpp"

namespace studio::sim {
namespace {

TEST(Simulation, AHundredCallsKeepTheRules) {
    abort_on_bug(true);
    set_log_level(LogLevel::off);
    int checked = 0;
    std::map<core::CallStatus, int> statuses;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        const SimResult result = run_sim_call(seed);
        for (const std::string& violation : result.violations) {
            ADD_FAILURE() << "seed " << seed << ": " << violation;
        }
        checked += result.interruptions_checked;
        ++statuses[result.record.status];
    }
    EXPECT_GE(checked, 20) << "interruptions were really tried";
    EXPECT_EQ(statuses.size(), 4U) << "each way to end was taken";
}

TEST(Simulation, TheSameSeedGivesTheSameTrace) {
    set_log_level(LogLevel::off);
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        EXPECT_EQ(run_sim_call(seed).trace_hash, run_sim_call(seed).trace_hash) << seed;
    }
    EXPECT_NE(run_sim_call(1).trace_hash, run_sim_call(2).trace_hash);
}

}  // namespace
}  // namespace studio::sim
