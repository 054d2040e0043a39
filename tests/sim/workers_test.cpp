#include <gtest/gtest.h>

#include "base/check.hpp"
#include "base/log.hpp"
#include "sim/sim_workers.hpp"

namespace studio::sim {
namespace {

TEST(SimulatedWorkers, CallsOutliveTheirWorkers) {
    abort_on_bug(true);
    set_log_level(LogLevel::off);
    int kills = 0;
    int handovers = 0;
    int handoffs = 0;
    std::size_t silences = 0;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        const WorkersResult result = run_sim_workers(seed);
        for (const std::string& violation : result.violations) {
            ADD_FAILURE() << "seed " << seed << ": " << violation;
        }
        kills += result.kills;
        handovers += result.handovers;
        handoffs += result.handoffs;
        silences += result.silences.size();
    }
    EXPECT_GE(kills, 30) << "workers were really killed";
    EXPECT_GE(handovers, 15);
    EXPECT_GE(handoffs, 15) << "calls really changed their agent";
    EXPECT_GE(silences, 10U) << "calls were really taken over";
}

TEST(SimulatedWorkers, TheSameSeedGivesTheSameTrace) {
    set_log_level(LogLevel::off);
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        EXPECT_EQ(run_sim_workers(seed).trace_hash, run_sim_workers(seed).trace_hash) << seed;
    }
    EXPECT_NE(run_sim_workers(1).trace_hash, run_sim_workers(2).trace_hash);
}

}  // namespace
}  // namespace studio::sim
