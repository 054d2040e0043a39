#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "base/check.hpp"
#include "base/log.hpp"
#include "sim/sim_call.hpp"

namespace studio::sim {
namespace {

TEST(Simulation, AHundredCallsKeepTheRules) {
    abort_on_bug(true);
    set_log_level(LogLevel::off);
    int checked = 0;
    int outages = 0;
    int turn_questions = 0;
    std::uint32_t early_kept = 0;
    std::uint32_t early_dropped = 0;
    std::vector<milliseconds> interrupted_after;
    int handoffs = 0;
    int workflow_handoffs = 0;
    std::map<core::CallStatus, int> statuses;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        const SimResult result = run_sim_call(seed);
        for (const std::string& violation : result.violations) {
            ADD_FAILURE() << "seed " << seed << ": " << violation;
        }
        checked += result.interruptions_checked;
        outages += result.had_outage ? 1 : 0;
        turn_questions += result.turn_questions;
        early_kept += result.record.metrics.early_answers_kept;
        early_dropped += result.record.metrics.early_answers_dropped;
        interrupted_after.insert(interrupted_after.end(), result.interrupted_after.begin(),
                                 result.interrupted_after.end());
        handoffs += static_cast<int>(result.record.metrics.agent_handoffs);
        workflow_handoffs +=
            result.has_workflow ? static_cast<int>(result.record.metrics.agent_handoffs) : 0;
        ++statuses[result.record.status];
    }
    EXPECT_GE(checked, 20) << "interruptions were really tried";
    EXPECT_GE(handoffs, 10) << "calls were really handed over";
    EXPECT_GE(workflow_handoffs, 10) << "and through a workflow";
    EXPECT_EQ(statuses.size(), 4U) << "each way to end was taken";
    EXPECT_GE(turn_questions, 20) << "a model was really asked about pauses";
    EXPECT_GE(outages, 5) << "recognisers were really away";
    EXPECT_GE(early_kept, 20U) << "answers were really asked for early";
    EXPECT_GE(early_dropped, 5U) << "and callers really went on";
    // Words take 300 ms each here, and a partial comes at the end of each.
    ASSERT_GE(interrupted_after.size(), 10U);
    std::sort(interrupted_after.begin(), interrupted_after.end());
    const milliseconds median = interrupted_after[interrupted_after.size() / 2];
    RecordProperty("interrupted_after_median_ms", static_cast<int>(median.count()));
    RecordProperty("interrupted_after_max_ms", static_cast<int>(interrupted_after.back().count()));
    EXPECT_LE(median, milliseconds(700));
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
