#pragma once

#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "services/conversation/session/call_session.hpp"

namespace studio::sim {

struct SimResult {
    std::vector<std::string> violations;
    /// FNV-1a over everything that happened, with its time.
    std::uint64_t trace_hash = 0;
    /// The same in words, where it was asked for.
    std::vector<std::string> trace;
    core::CallRecord record;
    std::vector<core::TranscriptEntry> transcript;
    /// Its agents stood in a workflow.
    bool has_workflow = false;
    int interruptions_checked = 0;
    /// How often a model was asked whether a pause is the end of a turn.
    int turn_questions = 0;
    /// How long words over the agent took to stop it, where the recogniser was made slow or faulty
    /// too.
    std::vector<milliseconds> interrupted_after;
    /// The recogniser was away for a while, and nothing else was the matter with it.
    bool had_outage = false;
};

struct SimOptions {
    bool keep_trace = false;
    /// Is given the call's log, where it is set.
    std::unique_ptr<std::ostream> recording = nullptr;
};

/// Runs one call to its end: caller, faults, latencies and the call's length all follow from
/// `seed`.
[[nodiscard]] SimResult run_sim_call(std::uint64_t seed, SimOptions options = {});

}  // namespace studio::sim
